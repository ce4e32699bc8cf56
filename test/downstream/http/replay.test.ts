import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';

let hub: HttpHub;
beforeAll(async () => {
  hub = await startHttpHub();
});
afterAll(() => hub.stop());

test('a stream that is resumed repeats nothing that another stream of its session has carried', async () => {
  verifies('http-legacy:resume:own-stream');
  const session = await hub.session();
  await session.post({ id: 'list', method: 'tools/list' });
  const unasked = await session.listen();
  const params = { name: 'one__slow', arguments: { ms: 400 } };
  const broken = await session.openPost({ id: 'long', method: 'tools/call', params });
  const { id } = await broken.next((event) => event.id !== undefined);
  broken.drop();
  await session.call('grow', 'one__grow', { name: 'grown' });
  await unasked.next(({ message }) => message?.method === 'notifications/tools/list_changed');
  const resumed = await session.listen(id);
  await resumed.ended();
  expect(resumed.events.map(({ message }) => message?.id)).toEqual(['long']);
  unasked.drop();
});
