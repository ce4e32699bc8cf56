import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { createHttpTransport } from '../../../src/upstream/transport/http.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { beginEvents, eventOf, startRawHttp } from '../../fixtures/transport/raw-http.ts';
import { createRecorder } from '../../fixtures/transport/recorder.ts';

const ends: Array<() => Promise<void>> = [];
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  for (const end of ends.splice(0).reverse()) await end();
});

it('a stream that the server closes with a `retry` is asked for again after that time, not before', async () => {
  verifies('http-legacy:resume:retry', 'http-legacy:resume:asked');
  const resumed = Promise.withResolvers<void>();
  const server = await startRawHttp(({ method }, response) => {
    if (method === 'POST') return beginEvents(response).end('retry: 5000\nid: 7\ndata:\n\n');
    resumed.resolve();
    return beginEvents(response).end(eventOf('{"jsonrpc":"2.0","id":1,"result":{}}', '8'));
  });
  const settings = { type: 'http', url: server.url, headers: {} } as const;
  const transport = createHttpTransport({ name: 'peer', settings, maxBodyBytes: 1 << 20 });
  const recorder = createRecorder();
  ends.push(
    () => server.stop(),
    () => transport.close(),
  );
  await transport.start(recorder);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const wait = vi.spyOn(globalThis, 'setTimeout');
  await transport.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  while (!wait.mock.calls.some(([, ms]) => ms === 5000)) await turn();
  vi.advanceTimersByTime(4999);
  for (let count = 0; count < 50; count += 1) await turn();
  expect(server.requests.map(({ method }) => method)).toEqual(['POST']);
  vi.advanceTimersByTime(1);
  await resumed.promise;
  expect(server.requests.at(-1)?.headers['last-event-id']).toBe('7');
  vi.useRealTimers();
  expect(await recorder.answer(1)).toMatchObject({ kind: 'result' });
});
