import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors/hub-error.ts';
import { connectByEra, type HandshakeOptions } from '../../src/upstream/handshake.ts';
import { Link } from '../../src/upstream/link.ts';
import { HttpStatusError } from '../../src/upstream/transport/http-status-error.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { discovery, initialized, legacyServer, modernServer, type Serve } from '../support/linked-servers.ts';
import { createLinkedTransport, type LinkedPeer } from '../support/linked-transport.ts';

const NEVER = new AbortController().signal;

/**
 * Shakes hands with a server. Each process, or connection, that the handshake opens is served by the next of `servers`;
 * the last serves all that follow.
 */
const NO_ANSWER = async () => ({ ok: true, result: {} }) as const;

const shake = (servers: readonly Serve[], over: Partial<HandshakeOptions> = {}) => {
  const peers: LinkedPeer[] = [];
  const kinds: Array<'sse' | undefined> = [];
  const open = async (kind?: 'sse'): Promise<Link> => {
    const { transport, peer } = createLinkedTransport(servers[Math.min(peers.length, servers.length - 1)]);
    peers.push(peer);
    kinds.push(kind);
    const link = new Link('up', transport);
    await link.start({
      onNotification: () => {},
      onRequest: NO_ANSWER,
      onProblem: () => {},
      onStderr: () => {},
      onClose: () => {},
    });
    return link;
  };
  const connection = connectByEra({
    name: 'up',
    open,
    protocol: 'auto',
    isHttp: false,
    envelope: { clientInfo: { name: 'hub', version: '0' }, clientCapabilities: { roots: {} } },
    signal: NEVER,
    silenceMs: 2000,
    ...over,
  });
  const methods = (): Array<Array<string | undefined>> =>
    peers.map(({ received }) => received.map(({ method }) => method));
  return { connection, peers, kinds, methods };
};

const failureOf = (connection: Promise<unknown>): Promise<HubError> =>
  connection.then(
    () => Promise.reject(new Error('it was connected')),
    (error: unknown) => error as HubError,
  );

describe('a server that answers `server/discover`', () => {
  test('is modern, and gets no `initialize`', async () => {
    verifies('version:era:stdio:modern');
    const { connection, methods } = shake([modernServer()]);
    const { codec, identity, link } = await connection;
    expect(codec.era).toBe('modern');
    expect(identity).toEqual({
      era: 'modern',
      protocolVersion: '2026-07-28',
      capabilities: { tools: { listChanged: true }, prompts: {} },
      serverInfo: { name: 'modern-server', version: '2' },
      instructions: 'use it well',
      mirrorsArguments: false,
    });
    expect(link.cancelWay).toBe('notification');
    expect(methods()).toEqual([['server/discover']]);
  });

  test('is asked with the whole envelope of a modern request', async () => {
    verifies('base:meta:sent', 'base:meta:client-info:sent');
    const { connection, peers } = shake([modernServer()]);
    await connection;
    expect(peers[0]?.received[0]?.params).toEqual({
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'hub', version: '0' },
        'io.modelcontextprotocol/clientCapabilities': { roots: {} },
      },
    });
  });

  test('over HTTP is told of cancellation by the end of the request', async () => {
    const { connection } = shake([modernServer()], { isHttp: true });
    expect((await connection).link.cancelWay).toBe('stream');
  });

  test('without saying its name goes by the name in the configuration', async () => {
    const { connection } = shake([(message, peer) => peer.answer(message, discovery({ _meta: {}, instructions: 5 }))]);
    expect((await connection).identity).toMatchObject({
      serverInfo: { name: 'up', version: 'unknown' },
      instructions: undefined,
    });
  });

  test('with revisions that the hub does not speak cannot be used, and is not asked to fall back', async () => {
    verifies('version:unsupported:told');
    const { connection, methods } = shake([
      (message, peer) => peer.answer(message, discovery({ supportedVersions: ['2027-01-01', '2028-01-01'] })),
    ]);
    expect(await failureOf(connection)).toMatchObject({
      code: 'UPSTREAM_INVALID',
      message: expect.stringContaining('2027-01-01, 2028-01-01'),
    });
    expect(methods()).toEqual([['server/discover']]);
  });

  test('with -32022 cannot be used, and is not asked to fall back', async () => {
    verifies('version:era:stdio:modern-error');
    const { connection, methods } = shake([
      (message, peer) => peer.refuse(message, -32022, 'Unsupported protocol version', { supported: ['2027-01-01'] }),
    ]);
    expect(await failureOf(connection)).toMatchObject({ code: 'UPSTREAM_INVALID' });
    expect(methods()).toEqual([['server/discover']]);
  });
});

describe('a server that does not', () => {
  test.each([-32601, -32602, -32600, -32603, -32000, 0, 1])(
    'but refuses with %i gets `initialize` on the same connection',
    async (code) => {
      verifies('version:era:stdio:any-other-error');
      const legacy = legacyServer();
      const { connection, methods, peers } = shake([
        (message, peer) => {
          if (message.method === 'server/discover') peer.refuse(message, code);
          else legacy(message, peer);
        },
      ]);
      const { codec, identity } = await connection;
      expect(codec.era).toBe('legacy');
      expect(identity).toMatchObject({
        era: 'legacy',
        protocolVersion: '2025-06-18',
        serverInfo: { name: 'legacy-server', version: '1' },
        instructions: 'be kind',
      });
      await peers[0]?.next('notifications/initialized');
      expect(methods()).toEqual([['server/discover', 'initialize', 'notifications/initialized']]);
      expect(peers[0]?.protocolVersion).toBe('2025-06-18');
    },
  );

  test.each([{}, { supportedVersions: '2026-07-28', capabilities: {} }, { supportedVersions: [], content: [] }])(
    'but answers with %j gets `initialize`',
    async (result) => {
      const legacy = legacyServer();
      const { connection } = shake([
        (message, peer) => {
          if (message.method === 'server/discover') peer.answer(message, result);
          else legacy(message, peer);
        },
      ]);
      expect((await connection).codec.era).toBe('legacy');
    },
  );

  test('but is silent gets `initialize` on the same connection, and no word of a cancellation', async () => {
    verifies('version:era:stdio:silence');
    const legacy = legacyServer();
    const { connection, methods, peers } = shake(
      [(message, peer) => message.method !== 'server/discover' && legacy(message, peer)],
      { silenceMs: 20 },
    );
    expect((await connection).codec.era).toBe('legacy');
    await peers[0]?.next('notifications/initialized');
    expect(methods()).toEqual([['server/discover', 'initialize', 'notifications/initialized']]);
  });

  test('but ends on it is started again and gets `initialize` first', async () => {
    const { connection, methods, peers } = shake([(_message, peer) => peer.end({ exitCode: 1 }), legacyServer()]);
    expect((await connection).codec.era).toBe('legacy');
    await peers[1]?.next('notifications/initialized');
    expect(methods()).toEqual([['server/discover'], ['initialize', 'notifications/initialized']]);
  });

  test('and refuses `initialize` too cannot be used', async () => {
    const { connection } = shake([(message, peer) => peer.refuse(message, -32000, 'go away')]);
    expect(await failureOf(connection)).toMatchObject({
      code: 'UPSTREAM_INVALID',
      message: 'up refused initialize: go away',
    });
  });

  test.each([{}, { protocolVersion: 5, capabilities: {} }, { protocolVersion: '2025-11-25' }])(
    'and answers `initialize` with %j cannot be used',
    async (result) => {
      const { connection } = shake([(message, peer) => peer.answer(message, result)], { protocol: 'legacy' });
      expect(await failureOf(connection)).toMatchObject({ code: 'UPSTREAM_INVALID' });
    },
  );

  test('and ends every time cannot be used, and is not started a third time', async () => {
    const { connection, peers } = shake([(_message, peer) => peer.end({ reason: 'exit code 3' })]);
    expect(await failureOf(connection)).toMatchObject({
      code: 'UPSTREAM_CLOSED',
      message: expect.stringContaining('exit code 3'),
    });
    expect(peers).toHaveLength(2);
  });

  test('because it is modern and starts slowly is asked again when it refuses `initialize`', async () => {
    const modern = modernServer();
    let isAwake = false;
    const { connection, methods } = shake(
      [
        (message, peer) => {
          if (message.method === 'initialize') isAwake = true;
          if (isAwake) modern(message, peer);
        },
      ],
      { silenceMs: 20 },
    );
    expect((await connection).codec.era).toBe('modern');
    expect(methods()).toEqual([['server/discover', 'initialize', 'server/discover']]);
  });
});

test('a server that has shown itself to be modern is waited for beyond the silence', async () => {
  const modern = modernServer();
  let asked = 0;
  const { connection } = shake(
    [
      (message, peer) => {
        if (message.method === 'server/discover') asked += 1;
        if (message.method === 'initialize') modern(message, peer);
        else if (asked === 2) setTimeout(modern, 100, message, peer);
      },
    ],
    { silenceMs: 20 },
  );
  expect((await connection).codec.era).toBe('modern');
});

describe('a server whose era is set', () => {
  test('to legacy is asked for nothing before `initialize`', async () => {
    verifies('lifecycle:initialize:first', 'lifecycle:initialized:sent', 'lifecycle:version:offered');
    const { connection, methods, peers } = shake([legacyServer()], { protocol: 'legacy' });
    expect((await connection).codec.era).toBe('legacy');
    await peers[0]?.next('notifications/initialized');
    expect(methods()).toEqual([['initialize', 'notifications/initialized']]);
    expect(peers[0]?.received[0]?.params).toEqual({
      protocolVersion: '2025-11-25',
      capabilities: { roots: {} },
      clientInfo: { name: 'hub', version: '0' },
    });
  });

  test('to legacy and is modern cannot be used', async () => {
    const { connection, methods } = shake([modernServer()], { protocol: 'legacy' });
    expect((await failureOf(connection)).message).toBe('up refused initialize: Unsupported protocol version');
    expect(methods()).toEqual([['initialize']]);
  });

  test('to modern and is legacy cannot be used, and says what to set', async () => {
    const { connection, methods } = shake([legacyServer()], { protocol: 'modern' });
    expect(await failureOf(connection)).toMatchObject({
      code: 'UPSTREAM_START_FAILED',
      message: 'up does not speak 2026-07-28: Method not found',
      hint: 'set hub.servers.up.protocol to "auto"',
    });
    expect(methods()).toEqual([['server/discover']]);
  });

  test('to modern may take as long as a start may take', async () => {
    const { connection, peers } = shake([() => {}], { protocol: 'modern', silenceMs: 5 });
    const asked = await Promise.race([connection, new Promise((resolve) => setTimeout(resolve, 30, 'waiting'))]);
    expect(asked).toBe('waiting');
    const request = await peers[0]?.next('server/discover');
    if (request !== undefined) peers[0]?.answer(request, discovery());
    expect((await connection).codec.era).toBe('modern');
  });
});

describe('a handshake that is given up', () => {
  test('ends with the reason, whatever it waits for', async () => {
    for (const server of [
      () => {},
      (message, peer) => message.method === 'server/discover' && peer.refuse(message, -32601),
    ] as Serve[]) {
      const giver = new AbortController();
      const { connection, peers } = shake([server], { signal: giver.signal });
      await peers[0]?.next('server/discover');
      giver.abort(new HubError('SHUTTING_DOWN', 'the hub is ending'));
      expect(await failureOf(connection)).toMatchObject({ code: 'SHUTTING_DOWN' });
    }
  });
});

describe('an HTTP server', () => {
  /** A transport whose requests of some methods fail with an HTTP status. */
  const refusing = (statuses: Readonly<Record<string, number>>, older: Serve = legacyServer()) => {
    const asked: string[] = [];
    const open = async (kind?: 'sse'): Promise<Link> => {
      const { transport } = createLinkedTransport(kind === 'sse' ? older : legacyServer());
      const send = transport.send.bind(transport);
      transport.send = async (message, options) => {
        const method = `${kind ?? 'http'} ${message.method}`;
        asked.push(method);
        const status = statuses[method];
        if (status === undefined) return send(message, options);
        const cause = new HttpStatusError(status, `HTTP ${status}`);
        throw new HubError('UPSTREAM_CLOSED', `HTTP ${status}`, { cause });
      };
      const link = new Link('up', transport);
      await link.start({
        onNotification: () => {},
        onRequest: NO_ANSWER,
        onProblem: () => {},
        onStderr: () => {},
        onClose: () => {},
      });
      return link;
    };
    const connection = connectByEra({
      name: 'up',
      open,
      protocol: 'auto',
      isHttp: true,
      envelope: { clientInfo: { name: 'hub', version: '0' }, clientCapabilities: {} },
      signal: NEVER,
    });
    return { connection, asked };
  };

  test.each([400, 404, 405, 406, 415])('that refuses the question with %i gets `initialize`', async (status) => {
    verifies('version:era:http:fall-back');
    const { connection, asked } = refusing({ 'http server/discover': status });
    expect((await connection).codec.era).toBe('legacy');
    expect(asked.slice(0, 2)).toEqual(['http server/discover', 'http initialize']);
  });

  test.each([401, 403, 407, 429, 500, 502, 503])(
    'that refuses the question with %i is not guessed about',
    async (status) => {
      const { connection, asked } = refusing({ 'http server/discover': status });
      expect((await failureOf(connection)).message).toBe(`HTTP ${status}`);
      expect(asked).toEqual(['http server/discover']);
    },
  );

  test.each([400, 404, 405])('that refuses `initialize` with %i is tried over the older transport', async (status) => {
    verifies('version:era:http:sse');
    const { connection, asked } = refusing({ 'http server/discover': 404, 'http initialize': status });
    expect((await connection).codec.era).toBe('legacy');
    expect(asked.slice(0, 3)).toEqual(['http server/discover', 'http initialize', 'sse initialize']);
  });

  test('that refuses `initialize` with 500 is not tried over another', async () => {
    const { connection, asked } = refusing({ 'http server/discover': 404, 'http initialize': 500 });
    expect((await failureOf(connection)).message).toBe('HTTP 500');
    expect(asked).toEqual(['http server/discover', 'http initialize']);
  });
});

test('an older server may name any revision of its own', async () => {
  const { connection } = shake(
    [(message, peer) => peer.answer(message, initialized({ protocolVersion: '2024-10-07', serverInfo: null }))],
    {
      protocol: 'legacy',
    },
  );
  expect((await connection).identity).toMatchObject({
    protocolVersion: '2024-10-07',
    serverInfo: { name: 'up', version: 'unknown' },
  });
});
