import { expect, test } from 'vitest';
import { readList } from '../../src/catalog/read-list.ts';
import { LISTS } from '../../src/protocol/methods.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { resultReply } from '../support/calls.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

test('an empty cursor leads to another page', async () => {
  verifies('pagination:empty-cursor');
  const upstream = createFakeUpstream('up', {
    answer: (_method, { cursor }) =>
      resultReply(cursor === undefined ? { tools: [tool('a')], nextCursor: '' } : { tools: [tool('b')] }),
  });
  const options = { maxDefinitions: 10, signal: new AbortController().signal };
  const { definitions } = await readList(upstream, LISTS.tools, options);
  expect(definitions.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(upstream.requests).toEqual(['tools/list', 'tools/list ']);
});
