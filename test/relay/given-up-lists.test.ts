import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { RequestId } from '../../src/protocol/message.ts';
import { createLegacySession } from '../../src/relay/legacy-session.ts';
import { createRelay } from '../../src/relay/relay.ts';
import { createRouter } from '../../src/router/router.ts';
import { createCatalog, settle } from '../support/create-catalog.ts';
import { createFakeUpstream, upstreamSet } from '../support/fake-upstream.ts';

/** A session whose only upstream comes up when the test says so, and a `tools/list` under the id 1 that waits for it. */
const openWithPendingList = () => {
  const started = Promise.withResolvers<void>();
  const upstream = createFakeUpstream('slow', { start: () => started.promise });
  const upstreams = upstreamSet(upstream);
  const { catalog } = createCatalog([upstream]);
  const view = { upstreams, catalog, router: createRouter([]) };
  const relay = createRelay({
    bus: createEventBus(),
    interceptors: [],
    viewOf: () => view,
    separator: '__',
    firstListMs: 5000,
  });
  const lines: string[] = [];
  const session = createLegacySession({
    clientId: 'client',
    relay,
    channel: {
      send: (...parts) => void lines.push(parts.map((part) => Buffer.from(part).toString()).join('')),
      isFull: () => false,
    },
    serverInfo: { name: 'hub', version: '0' },
    onClientKnown: () => {},
  });
  session.onRequest({ kind: 'request', id: '1' as RequestId, method: 'tools/list', params: undefined }, 10);
  return { session, lines, start: started.resolve };
};

describe('a list that waits for an upstream', () => {
  test('is not answered once the client has cancelled it, and is no longer under way', async () => {
    const { session, lines, start } = openWithPendingList();
    const params = { requestId: 1 };
    session.onNotification({ kind: 'notification', method: 'notifications/cancelled', params });
    await session.settled();
    start();
    await settle();
    expect(lines).toEqual([]);
  });

  test('is answered with the reason at once when the hub gives it up', async () => {
    const { session, lines } = openWithPendingList();
    session.abandon(new HubError('SHUTTING_DOWN', 'the hub is ending'));
    await session.settled();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ id: 1, error: { message: 'the hub is ending' } }]);
  });
});
