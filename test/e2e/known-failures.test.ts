import { expect, test } from 'vitest';
import type { Reply } from '../../src/dispatch/reply.ts';
import { createModernClients } from '../../src/downstream/http/modern-clients.ts';
import { META } from '../../src/protocol/meta.ts';
import { resultReply } from '../support/calls.ts';
import { createCore } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';
import { createBench } from '../support/relay-bench.ts';
import { verifies } from './requirements/verifies.ts';

// Each of these fails when the hub comes to meet its requirement; then it loses `.fails`, and the requirement its reason.

test.fails('a client of one principal is the same whatever it calls itself', () => {
  verifies('base:meta:client-info:changes-nothing');
  const { relay } = createCore([]);
  const clients = createModernClients({ relay, maxQueueBytes: 1024 });
  const named = (name: string) => clients.of('a', { _meta: { [META.clientInfo]: { name, version: '1' } } });
  expect(named('one').interim).toBe(named('two').interim);
});

test.fails('a question that is passed on names the upstream', async () => {
  verifies('elicitation:names-the-server:passed-on');
  const inputRequests = { color: { method: 'elicitation/create', params: { message: 'Which color?' } } };
  const interim = resultReply({ resultType: 'input_required', inputRequests }, 'modern');
  const upstream = createFakeUpstream('up', {
    definitions: { tools: [tool('add')] },
    call: (): Reply => ({ ...interim, kind: 'input_required' }),
  });
  const { openModern } = createBench([upstream]);
  const { result } = await openModern({ elicitation: {} }).request('tools/call', { name: 'up__add' });
  expect(result).toMatchObject({ inputRequests: { color: { params: { message: 'up: Which color?' } } } });
});
