import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/json.ts';
import { modernCodec } from '../../src/protocol/rev-2026-07-28/codec.ts';
import { keepListening, wantedLists } from '../../src/upstream/change-feed.ts';
import type { Connection } from '../../src/upstream/handshake.ts';
import { Link } from '../../src/upstream/link.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { settle } from '../support/create-catalog.ts';
import type { Serve } from '../support/linked-servers.ts';
import { createLinkedTransport } from '../support/linked-transport.ts';

const ENVELOPE = { clientInfo: { name: 'hub', version: '0' }, clientCapabilities: {} };

const endAtOnce: Serve = (message, peer) => {
  if (message.method === 'subscriptions/listen') peer.answer(message, { resultType: 'complete' });
};

const feed = async (
  capabilities: JsonObject,
  serve?: Serve,
  codec = modernCodec,
  pause?: (ms: number, stop: AbortController) => Promise<void>,
) => {
  const { transport, peer } = createLinkedTransport(serve);
  const link = new Link('up', transport);
  await link.start({
    onNotification: () => {},
    onRequest: async () => ({ ok: true, result: {} }),
    onProblem: () => {},
    onStderr: () => {},
    onClose: () => {},
  });
  const connection: Connection = {
    link,
    codec,
    identity: {
      era: codec.era,
      protocolVersion: '',
      capabilities,
      serverInfo: { name: 'up', version: '1' },
      instructions: undefined,
      mirrorsArguments: false,
    },
  };
  const stop = new AbortController();
  let isDone = false;
  let reopened = 0;
  const onReopened = (): void => {
    reopened += 1;
  };
  const options = { envelope: ENVELOPE, onReopened, ...(pause && { pause: (ms: number) => pause(ms, stop) }) };
  const done = keepListening(connection, wantedLists(capabilities), options, stop.signal).then(() => {
    isDone = true;
  });
  return { peer, stop, done, isDone: () => isDone, reopened: () => reopened };
};

describe('a change feed', () => {
  test('asks a modern upstream for the changes that it declares', async () => {
    verifies('lifecycle:capabilities:only-negotiated');
    const { peer, stop, done } = await feed({
      tools: { listChanged: true },
      prompts: {},
      resources: { listChanged: true },
    });
    const listen = await peer.next('subscriptions/listen');
    expect(listen.params).toMatchObject({
      notifications: { toolsListChanged: true, resourcesListChanged: true },
      _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
    });
    expect(Object.keys(listen.params?.['notifications'] as object)).toHaveLength(2);
    stop.abort(new Error('over'));
    await done;
    expect(await peer.next('notifications/cancelled')).toMatchObject({ params: { requestId: listen.id } });
  });

  test('wants nothing of an upstream that tells of no changes', () => {
    expect(wantedLists({ tools: { listChanged: false }, prompts: null })).toEqual({});
  });

  test('is not kept where the upstream refuses it', async () => {
    const { done, peer } = await feed({ tools: { listChanged: true } }, (message, to) => to.refuse(message, -32601));
    await done;
    expect(peer.received).toHaveLength(1);
  });

  test('is opened again when it ends, after a second, then two, at most a minute', async () => {
    verifies('subscribe:opened-again');
    const pauses: number[] = [];
    const { peer, done } = await feed({ tools: { listChanged: true } }, endAtOnce, modernCodec, async (ms, stop) => {
      pauses.push(ms);
      if (pauses.length === 8) stop.abort(new Error('over'));
    });
    await done;
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(peer.received).toHaveLength(8);
  });

  test('that is opened again says so each time: a change in between was told to nobody', async () => {
    let pauses = 0;
    const { done, reopened } = await feed(
      { tools: { listChanged: true } },
      endAtOnce,
      modernCodec,
      async (_ms, stop) => {
        expect(reopened()).toBe(pauses);
        pauses += 1;
        if (pauses === 3) stop.abort(new Error('over'));
      },
    );
    await done;
    expect(reopened()).toBe(2);
  });

  test('ends with its signal while it pauses', async () => {
    const { stop, done, isDone } = await feed({ tools: { listChanged: true } }, (message, to) =>
      to.answer(message, {}),
    );
    await settle();
    expect(isDone()).toBe(false);
    stop.abort(new Error('over'));
    await done;
  });
});
