import { expect, test } from 'vitest';
import { verifies } from '../e2e/requirements/verifies.ts';
import { resultReply } from '../support/calls.ts';
import { createCore } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

/** An upstream whose list is another one each time that it is asked for. */
const create = (ttlMs: number) => {
  let version = 0;
  const upstream = createFakeUpstream('up', {
    definitions: { tools: [] },
    answer: (method) => {
      if (method !== 'tools/list') return undefined;
      version += 1;
      const tools = [tool(`v${version}`)];
      return resultReply({ tools, resultType: 'complete', ttlMs, cacheScope: 'private' }, 'modern');
    },
  });
  const client = createCore([upstream]).connect();
  return async () => (await client.modern('tools/list')).result;
};

test('a list is fetched anew once its time is over', async () => {
  verifies('caching:ttl:stale');
  const list = create(0);
  expect(await list()).toMatchObject({ tools: [{ name: 'up__v1' }] });
  expect(await list()).toMatchObject({ tools: [{ name: 'up__v2' }] });
});

test('a list is not fetched anew before', async () => {
  const list = create(3_600_000);
  expect(await list()).toMatchObject({ tools: [{ name: 'up__v1' }] });
  expect(await list()).toMatchObject({ tools: [{ name: 'up__v1' }] });
});
