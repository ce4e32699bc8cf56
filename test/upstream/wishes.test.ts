import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { legacyCodec } from '../../src/protocol/rev-2025-11-25/codec.ts';
import { modernCodec } from '../../src/protocol/rev-2026-07-28/codec.ts';
import { createCallLimit } from '../../src/upstream/call-limit.ts';
import type { Connection } from '../../src/upstream/handshake.ts';
import { Link } from '../../src/upstream/link.ts';
import { createWishes, type Wishes } from '../../src/upstream/wishes.ts';
import type { CancelSignal } from '../../src/utils/cancellation.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { settle } from '../support/create-catalog.ts';
import { createLinkedTransport, type LinkedPeer, type Received } from '../support/linked-transport.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

const ENVELOPE = { clientInfo: { name: 'hub', version: '0' }, clientCapabilities: { roots: { listChanged: true } } };
const NEVER = new AbortController().signal;
const URI = 'test://a';

const limitOf = (method: string, signal: CancelSignal) => createCallLimit(upstreamConfig('up'), method, signal);

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

/** Acknowledges a stream of changes; default: all of its filter is honoured. */
const acknowledge = ({ id, params }: Received, peer: LinkedPeer, honoured = params?.['notifications']): void =>
  peer.notify(ACKNOWLEDGED, { _meta: { 'io.modelcontextprotocol/subscriptionId': id }, notifications: honoured });

const agree = (message: Received, peer: LinkedPeer): void => {
  if (message.method === 'subscriptions/listen') acknowledge(message, peer);
  else if (message.id !== undefined) peer.answer(message, {});
};

const connect = async (era: 'legacy' | 'modern', serve = agree, capabilities: JsonObject = { logging: {} }) => {
  const { transport, peer } = createLinkedTransport(serve);
  const link = new Link('up', transport);
  let wishes: Wishes | undefined;
  await link.start({
    onNotification: ({ method, params = {} }) => void wishes?.hears(method, params),
    onRequest: async () => ({ ok: true, result: {} }),
    onProblem: () => {},
    onStderr: () => {},
    onClose: () => {},
  });
  const connection: Connection = {
    link,
    codec: era === 'legacy' ? legacyCodec : modernCodec,
    identity: {
      era,
      protocolVersion: '',
      capabilities,
      serverInfo: { name: 'up', version: '1' },
      instructions: undefined,
      mirrorsArguments: false,
    },
  };
  const said = async (): Promise<string[]> => {
    await settle();
    return peer.received.map(({ method, params }) => `${method} ${params?.['uri'] ?? params?.['level'] ?? ''}`.trim());
  };
  const applyTo = (those: Wishes): void => {
    wishes = those;
    those.apply(connection);
  };
  return { connection, peer, said, applyTo };
};

const noConnection = (): Promise<Connection> => Promise.reject(new HubError('UPSTREAM_START_FAILED', 'it is gone'));

/** Wishes at a connection, and what the upstream was told. */
const create = async (...options: Parameters<typeof connect>) => {
  const connected = await connect(...options);
  const wishes = createWishes(ENVELOPE, limitOf);
  connected.applyTo(wishes);
  const watch = (uri = URI) => wishes.watch(uri, async () => connected.connection, NEVER);
  return { wishes, watch, ...connected };
};

describe('a resource of a legacy upstream', () => {
  test('is subscribed once for all who watch it, and given up with the last', async () => {
    verifies('resources:unsubscribed');
    const { wishes, watch, said } = await create('legacy');
    expect((await Promise.all([watch(), watch(), watch()])).map(({ kind }) => kind)).toEqual(Array(3).fill('result'));
    wishes.unwatch(URI);
    wishes.unwatch(URI);
    expect(await said()).toEqual([`resources/subscribe ${URI}`]);
    wishes.unwatch(URI);
    wishes.unwatch(URI);
    expect(await said()).toEqual([`resources/subscribe ${URI}`, `resources/unsubscribe ${URI}`]);
  });

  test('that the upstream refuses is not watched, and its words are passed on', async () => {
    const { wishes, watch, said } = await create('legacy', (message, peer) =>
      peer.refuse(message, -32601, 'no subscriptions here'),
    );
    expect(await watch()).toMatchObject({
      kind: 'error',
      from: 'legacy',
      error: { code: -32601, message: 'no subscriptions here' },
    });
    wishes.unwatch(URI);
    expect(await said()).toEqual([`resources/subscribe ${URI}`]);
    const next = await connect('legacy');
    wishes.end();
    next.applyTo(wishes);
    expect(await next.said()).toEqual([]);
  });

  test('is subscribed again at the next connection', async () => {
    const { wishes, watch } = await create('legacy');
    await watch('test://a');
    await watch('test://b');
    wishes.unwatch('test://b');
    wishes.end();
    const next = await connect('legacy');
    next.applyTo(wishes);
    expect(await next.said()).toEqual(['resources/subscribe test://a']);
  });

  test('that is asked for while nothing is connected is subscribed by the connection that is made for it', async () => {
    const wishes = createWishes(ENVELOPE, limitOf);
    const { connection, said } = await connect('legacy');
    const reply = await wishes.watch(
      URI,
      async () => {
        wishes.apply(connection);
        return connection;
      },
      NEVER,
    );
    expect(reply.kind).toBe('result');
    expect(await said()).toEqual([`resources/subscribe ${URI}`]);
  });

  test('is not watched where the upstream cannot be reached', async () => {
    const wishes = createWishes(ENVELOPE, limitOf);
    expect(await wishes.watch(URI, noConnection, NEVER)).toMatchObject({ failure: { message: 'it is gone' } });
    const { connection, said } = await connect('legacy');
    wishes.apply(connection);
    expect(await said()).toEqual([]);
  });

  test('stays watched by those who watch it when another one fails to', async () => {
    const { wishes, watch } = await create('legacy');
    await watch();
    wishes.end();
    expect((await wishes.watch(URI, noConnection, NEVER)).kind).toBe('error');
    const next = await connect('legacy');
    next.applyTo(wishes);
    expect(await next.said()).toEqual([`resources/subscribe ${URI}`]);
  });

  test('is not waited for by a watcher that gives up', async () => {
    const { wishes } = await create('legacy', () => {});
    const giver = new AbortController();
    const reply = wishes.watch(URI, noConnection, giver.signal);
    giver.abort(new HubError('CANCELLED', 'enough'));
    expect(await reply).toMatchObject({ failure: { code: 'CANCELLED' } });
  });
});

describe('a resource of a modern upstream', () => {
  const filters = async ({ peer }: { peer: LinkedPeer }): Promise<unknown[]> => {
    await settle();
    return peer.received.flatMap(({ method, params }) =>
      method === 'subscriptions/listen' ? [params?.['notifications']] : [],
    );
  };
  const CHANGES = { tools: { listChanged: true } };

  test('is watched by a stream of changes with a new filter; then the old stream is ended', async () => {
    verifies('subscribe:resources');
    const created = await create('modern', agree, CHANGES);
    await created.watch('test://a');
    await created.watch('test://b');
    expect(await filters(created)).toEqual([
      { toolsListChanged: true },
      { toolsListChanged: true, resourceSubscriptions: ['test://a'] },
      { toolsListChanged: true, resourceSubscriptions: ['test://a', 'test://b'] },
    ]);
    const cancelled = created.peer.received.filter(({ method }) => method === 'notifications/cancelled');
    expect(cancelled.map(({ params }) => params?.['requestId'])).toEqual([1, 2]);
    const order = created.peer.received.map(({ method }) => method);
    expect(order).toEqual([
      'subscriptions/listen',
      'subscriptions/listen',
      'notifications/cancelled',
      'subscriptions/listen',
      'notifications/cancelled',
    ]);
  });

  describe('of an upstream that acknowledges its streams', () => {
    const createAcknowledged = async (serve: typeof agree = () => {}, capabilities: JsonObject = CHANGES) => {
      const created = await create('modern', serve, capabilities);
      const acknowledge = async (id: number) => {
        const params = { _meta: { 'io.modelcontextprotocol/subscriptionId': id } };
        created.wishes.hears('notifications/subscriptions/acknowledged', params);
        await settle();
      };
      const ended = async (): Promise<unknown[]> => {
        await settle();
        const messages = created.peer.received.filter(({ method }) => method === 'notifications/cancelled');
        return messages.map(({ params }) => params?.['requestId']);
      };
      const hears = (id: unknown) =>
        created.wishes.hears('notifications/tools/list_changed', {
          _meta: { 'io.modelcontextprotocol/subscriptionId': id as number },
        });
      await acknowledge(1);
      return { ...created, acknowledge, ended, hears };
    };

    test('keeps the old stream until the new one is acknowledged, and hears it no longer then', async () => {
      const { watch, acknowledge, ended, hears } = await createAcknowledged();
      void watch();
      expect([await ended(), hears(1)]).toEqual([[], true]);
      await acknowledge(2);
      expect([await ended(), hears(1), hears(2)]).toEqual([[1], false, true]);
    });

    test('ends a stream that was never acknowledged when there is a newer one', async () => {
      const { watch, acknowledge, ended } = await createAcknowledged();
      void watch('test://a');
      void watch('test://b');
      expect(await ended()).toEqual([2]);
      await acknowledge(2);
      expect(await ended()).toEqual([2]);
      await acknowledge(3);
      expect(await ended()).toEqual([2, 1]);
    });

    test('keeps the old stream where the new one is refused', async () => {
      const { watch, ended, hears } = await createAcknowledged((message, peer) => {
        if (message.id === 2) peer.refuse(message, -32602, 'no such resource');
      });
      await watch();
      expect([await ended(), hears(1)]).toEqual([[], true]);
    });

    test('watches nothing before the new stream is acknowledged', async () => {
      verifies('subscribe:acknowledged-part');
      const { watch, acknowledge } = await createAcknowledged();
      let settled = 0;
      const replies = ['test://a', 'test://b', 'test://b'].map(async (uri) => {
        const { kind } = await watch(uri);
        settled += 1;
        return kind;
      });
      await acknowledge(2);
      expect(settled).toBe(0);
      await acknowledge(3);
      expect(await Promise.all(replies)).toEqual(['result', 'result', 'result']);
    });

    test('does not watch what the acknowledgement leaves out, and asks for it no longer', async () => {
      const created = await create('modern', (message, peer) =>
        acknowledge(message, peer, { resourceSubscriptions: ['test://b', 'test://c'] }),
      );
      const replies = await Promise.all(['test://a', 'test://a', 'test://b'].map(created.watch));
      expect(replies).toMatchObject([
        { kind: 'error', from: 'modern', error: { code: -32602, message: expect.stringContaining('test://a') } },
        { kind: 'error' },
        { kind: 'result' },
      ]);
      await created.watch('test://c');
      expect((await filters(created)).at(-1)).toEqual({ resourceSubscriptions: ['test://b', 'test://c'] });
    });

    test('passes on the words of a refusal, and asks for what was refused no longer', async () => {
      const created = await create('modern', (message, peer) => {
        const isRefused = JSON.stringify(message.params).includes('test://bad');
        if (message.id === undefined) return;
        if (isRefused) peer.refuse(message, -32602, 'no such resource');
        else acknowledge(message, peer);
      });
      expect((await created.watch('test://a')).kind).toBe('result');
      expect(await created.watch('test://bad')).toMatchObject({ error: { code: -32602, message: 'no such resource' } });
      expect((await created.watch('test://a')).kind).toBe('result');
      await created.watch('test://b');
      expect((await filters(created)).at(-1)).toEqual({ resourceSubscriptions: ['test://a', 'test://b'] });
    });

    test('waits for the acknowledgement of the connection that is made for it', async () => {
      const { connection, applyTo } = await connect('modern', (message, peer) => acknowledge(message, peer, {}));
      const wishes = createWishes(ENVELOPE, limitOf);
      const connectNow = async () => {
        applyTo(wishes);
        return connection;
      };
      expect((await wishes.watch(URI, connectNow, NEVER)).kind).toBe('error');
    });

    test('waits no longer than a call may take, and not beyond the connection', async () => {
      const { connection, applyTo } = await connect('modern', () => {});
      const connectNow = async () => connection;
      const impatient = createWishes(ENVELOPE, (method, signal) => {
        const { name, timeouts } = upstreamConfig('up');
        return createCallLimit({ name, timeouts: { ...timeouts, callMs: 1 } }, method, signal);
      });
      applyTo(impatient);
      expect(await impatient.watch(URI, connectNow, NEVER)).toMatchObject({ failure: { code: 'TIMEOUT' } });
      const patient = createWishes(ENVELOPE, limitOf);
      applyTo(patient);
      const reply = patient.watch(URI, connectNow, NEVER);
      patient.end();
      expect(await reply).toMatchObject({ failure: { code: 'UPSTREAM_CLOSED' } });
    });

    test('hears what has another tag, or none', async () => {
      const { hears } = await createAcknowledged();
      expect(['1', undefined, 7].map(hears)).toEqual([true, true, true]);
    });
  });

  test('that is refused leaves the changes of lists to a stream of their own', async () => {
    const created = await create(
      'modern',
      (message, peer) => {
        if (message.id === 2) peer.refuse(message, -32602, 'no such resource');
      },
      CHANGES,
    );
    await created.watch();
    expect((await filters(created)).at(-1)).toEqual({ toolsListChanged: true });
    expect(await filters(created)).toHaveLength(3);
  });

  test('needs no new stream for a second watcher', async () => {
    const created = await create('modern', agree, CHANGES);
    await created.watch();
    await created.watch();
    created.wishes.unwatch(URI);
    expect(await filters(created)).toHaveLength(2);
    created.wishes.unwatch(URI);
    expect((await filters(created)).at(-1)).toEqual({ toolsListChanged: true });
  });

  test('is watched again at the next connection', async () => {
    verifies('stdio:crash:subscriptions', 'subscribe:opened-again');
    const { wishes, watch } = await create('modern', agree, {});
    await watch();
    wishes.end();
    const next = await connect('modern', agree, {});
    next.applyTo(wishes);
    expect((await filters(next)).at(-1)).toEqual({ resourceSubscriptions: [URI] });
  });

  test('is asked for by nothing but the stream', async () => {
    const { watch, wishes, said } = await create('modern', agree, {});
    await watch();
    wishes.setLogLevel('debug');
    wishes.announceRootsChanged();
    wishes.unwatch(URI);
    expect(new Set(await said())).toEqual(new Set(['subscriptions/listen', 'notifications/cancelled']));
  });
});

describe('the log level of an upstream', () => {
  test('is the most verbose that was asked for, and is never lowered', async () => {
    const { wishes, said } = await create('legacy');
    for (const level of ['error', 'warning', 'error', 'debug', 'info', 'loud']) wishes.setLogLevel(level);
    expect(await said()).toEqual(['logging/setLevel error', 'logging/setLevel warning', 'logging/setLevel debug']);
  });

  test('is set again at the next connection', async () => {
    const { wishes } = await create('legacy');
    wishes.setLogLevel('notice');
    wishes.end();
    wishes.setLogLevel('info');
    const next = await connect('legacy');
    next.applyTo(wishes);
    expect(await next.said()).toEqual(['logging/setLevel info']);
  });

  test('is not asked of an upstream that does not log', async () => {
    verifies('lifecycle:capabilities:only-negotiated');
    const { wishes, said } = await create('legacy', agree, {});
    wishes.setLogLevel('debug');
    expect(await said()).toEqual([]);
  });
});

describe('changed roots', () => {
  test('are told to a legacy upstream that was told of roots that change', async () => {
    verifies('roots:list-changed');
    const { wishes, said } = await create('legacy');
    wishes.announceRootsChanged();
    expect(await said()).toEqual(['notifications/roots/list_changed']);
  });

  test.each([{}, { roots: {} }, { roots: { listChanged: false } }])(
    'are not told where %j was declared',
    async (caps) => {
      const { connection, said } = await connect('legacy');
      const wishes = createWishes({ ...ENVELOPE, clientCapabilities: caps }, limitOf);
      wishes.apply(connection);
      wishes.announceRootsChanged();
      expect(await said()).toEqual([]);
    },
  );

  test('are told to nobody where nothing is connected', () => {
    expect(() => createWishes(ENVELOPE, limitOf).announceRootsChanged()).not.toThrow();
  });
});

describe('tasks at a modern upstream', () => {
  const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
  const createFor = async (clientCapabilities: JsonObject) => {
    const connected = await connect('modern', agree, { tools: { listChanged: true } });
    const wishes = createWishes({ ...ENVELOPE, clientCapabilities }, limitOf);
    connected.applyTo(wishes);
    const wanted = async (): Promise<unknown[]> => {
      await settle();
      return connected.peer.received.flatMap(({ method, params }) =>
        method === 'subscriptions/listen' ? [params?.['notifications']] : [],
      );
    };
    return { wishes, wanted, ...connected };
  };
  const LISTS = { toolsListChanged: true };

  test('are asked for beside the rest, each once, until nobody wants them', async () => {
    const { wishes, wanted } = await createFor(TASKS);
    const stops = [wishes.watchTask('a'), wishes.watchTask('a'), wishes.watchTask('b')];
    expect((await wanted()).at(-1)).toEqual({ ...LISTS, taskIds: ['a', 'b'] });
    stops[0]?.();
    stops[0]?.();
    expect((await wanted()).at(-1)).toEqual({ ...LISTS, taskIds: ['a', 'b'] });
    for (const stop of stops) stop();
    expect((await wanted()).at(-1)).toEqual(LISTS);
  });

  test('are asked for again at a new connection', async () => {
    const { wishes } = await createFor(TASKS);
    wishes.watchTask('a');
    wishes.end();
    const next = await connect('modern', agree);
    next.applyTo(wishes);
    await settle();
    expect(next.peer.received.at(-1)?.params).toMatchObject({ notifications: { taskIds: ['a'] } });
  });

  test('are not asked for without the extension: the upstream would refuse the whole stream', async () => {
    const { wishes, wanted } = await createFor({});
    wishes.watchTask('a');
    expect(await wanted()).toEqual([LISTS]);
  });
});
