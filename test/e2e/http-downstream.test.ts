import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRawClient, postHeaders, type RawClient } from '../downstream/http/support/raw-client.ts';
import { verifies } from './requirements/verifies.ts';
import { ASKED_CLIENTS, type AskedClient, CAN_ALL } from './support/asked-clients.ts';
import { initialize, modernMeta, talker } from './support/conversation.ts';
import { readEvilLog } from './support/evil-log.ts';
import { type ServedHub, serveOnHttp } from './support/http-hub.ts';
import { type McpHttpServer, serveStreamableHttp } from './support/mcp-http-servers.ts';
import { fixture } from './support/paths.ts';
import { eventually } from './support/processes.ts';
import { readCallLog, runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { legacyServer, modernServer, type UpstreamEntry } from './support/upstreams.ts';

/** Where the upstreams write what happens to them. */
const shared = createTempHome();
const evilLog = shared.file('evil.ndjson');
afterAll(() => shared.remove());

const asking = (name: string, era: 'legacy' | 'modern'): UpstreamEntry => ({
  command: process.execPath,
  args: [fixture('asking.mjs'), name, era],
  env: { EVIL_LOG: evilLog },
});

let served: ServedHub;
let raw: RawClient;
let remote: McpHttpServer;
beforeAll(async () => {
  remote = await serveStreamableHttp();
  served = await serveOnHttp({
    mcpServers: {
      old: legacyServer('old', { log: evilLog }),
      new: modernServer('new', { log: evilLog }),
      askold: asking('askold', 'legacy'),
      asknew: asking('asknew', 'modern'),
      remote: { type: 'http', url: `${remote.url}/mcp` },
    },
  });
  raw = createRawClient(served.url);
}, 30_000);
afterAll(async () => {
  raw.close();
  await served.stop();
  await remote.close();
}, 30_000);

const UPSTREAMS = [
  ['legacy', 'old'],
  ['modern', 'new'],
] as const;

const cancels = (): number => readEvilLog(evilLog).filter(({ event, known }) => event === 'cancel' && known).length;

/** The headers of a modern call that is right in every way. */
const callHeaders = (name: string): Record<string, string> => ({
  ...postHeaders(served.token),
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': name,
});

const callBody = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args, _meta: modernMeta() },
});

describe.each(ASKED_CLIENTS)('the %s client of the SDK on HTTP', (_name, era, connectWith) => {
  let client: AskedClient;
  beforeAll(async () => {
    client = await connectWith(served);
    await eventually('all upstreams', async () => {
      const names = await client.toolNames();
      return ['old__echo', 'new__echo', 'askold__ask', 'asknew__ask'].every((name) => names.includes(name));
    });
  }, 30_000);
  afterAll(() => client.close(), 30_000);

  describe.each(UPSTREAMS)('with a %s upstream', (_upstreamEra, upstream) => {
    test('calls its tools', async () => {
      expect(await client.callText(`${upstream}__echo`, { m: 'Grüße' })).toBe('Grüße');
    });

    test('has many calls under way at once', async () => {
      const words = Array.from({ length: 20 }, (_, index) => `word ${index}`);
      expect(await Promise.all(words.map((m) => client.callText(`${upstream}__echo`, { m })))).toEqual(words);
    });

    test('hears of progress', async () => {
      const seen: number[] = [];
      await client.callText(`${upstream}__progress`, { steps: 3 }, { onProgress: (step) => seen.push(step) });
      expect(seen).toEqual([1, 2, 3]);
    });

    test('gets the answer of a long call', async () => {
      expect(await client.callText(`${upstream}__slow`, { ms: 700 })).toBe('waited 700');
    });

    test('cancels', async () => {
      const [before, cancel] = [cancels(), new AbortController()];
      const arrived = readEvilLog(evilLog).filter(({ raw: line }) => line?.includes('"slow"')).length;
      const call = client.callText(`${upstream}__slow`, { ms: 20_000 }, { signal: cancel.signal });
      const refused = expect(call).rejects.toThrow();
      await eventually('the call', () => {
        const lines = readEvilLog(evilLog).filter(({ raw: line }) => line?.includes('"slow"'));
        return lines.length > arrived;
      });
      cancel.abort();
      await refused;
      await eventually('the cancellation', () => cancels() > before, 1_000);
    });

    test('is asked, as form, for a completion and for roots', async () => {
      verifies('sampling:request');
      client.asked.length = 0;
      const answers = JSON.parse(
        await client.callText(`ask${upstream}__ask`, { kinds: ['form', 'sampling', 'roots'] }),
      );
      expect(answers).toMatchObject([
        { action: 'accept', content: { value: 'red' } },
        { content: { text: 'hi there' } },
        { roots: [{ uri: 'file:///work' }] },
      ]);
      expect(client.asked.map(({ method }) => method).sort()).toEqual([
        'elicitation/create',
        'roots/list',
        'sampling/createMessage',
      ]);
    });

    test('is asked twice in one call, with progress around it', async () => {
      expect(await client.callText(`ask${upstream}__ask_twice`)).toContain('red');
      const seen: number[] = [];
      await client.callText(`ask${upstream}__ask_with_progress`, {}, { onProgress: (step) => seen.push(step) });
      // A modern upstream works anew for each round, and a client may be told of each.
      expect([...new Set(seen)]).toEqual([1, 2]);
    });

    test('hears of a resource that it watches', async () => {
      client.updated.length = 0;
      const uri = `ask://ask${upstream}/one`;
      const unwatch = await client.watch(uri);
      await eventually('the change', async () => {
        await client.callText(`ask${upstream}__touch`, { uri });
        return client.updated.length > 0;
      });
      expect(new Set(client.updated)).toEqual(new Set([uri]));
      await unwatch();
    });

    test('gets log messages from its level on', async () => {
      await client.setLogLevel('error');
      client.logged.length = 0;
      await client.callText(`ask${upstream}__say`);
      await eventually('the messages', () => client.logged.length >= 4);
      expect(client.logged[0]).toBe(`error ask${upstream} error`);
    });

    test('hears that the list of tools has changed', async () => {
      verifies('tools:list-changed');
      const unwatch = era === 'modern' ? await client.watch() : undefined;
      const [before, name] = [client.toolChanges, `grown_by_${era}_${client.asked.length}_${Date.now()}`];
      await client.callText(`${upstream}__grow`, { name });
      await eventually('the change', () => client.toolChanges > before);
      expect(await client.toolNames()).toContain(`${upstream}__${name}`);
      await unwatch?.();
    });
  });
});

describe('one process on stdio and HTTP', () => {
  test('serves both, each with its own ids, until the client on stdio is gone', async () => {
    const both = await serveOnHttp({ mcpServers: { old: legacyServer('old') } }, ['--stdio']);
    // One process of an upstream serves all clients that can do the same.
    await initialize(both.hub, CAN_ALL);
    const onStdio = talker(both.hub, 'legacy');
    const [, , connectWith] = ASKED_CLIENTS[2];
    const onHttp = await connectWith(both);
    await Promise.all([onStdio.names('tools'), onHttp.toolNames()]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => [
        onStdio.callText('old__echo', { m: `stdio ${index}` }),
        onHttp.callText('old__echo', { m: `http ${index}` }),
      ]).flat(),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => [`stdio ${index}`, `http ${index}`]).flat());
    expect(await onHttp.callText('old__whoami')).toBe(await onStdio.callText('old__whoami'));
    await onHttp.close();
    both.hub.endInput();
    expect((await both.hub.exited).code).toBe(0);
    both.home.remove();
  }, 30_000);
});

describe('what a web page could send', () => {
  const port = (): string => new URL(served.url).port;
  const send = (headers: Record<string, string | string[]>) =>
    raw.send({
      headers: { ...callHeaders('old__echo'), ...headers },
      body: callBody('old__echo', { m: 'from a page' }),
    });

  test.each([
    ['Host: evil.com', { host: 'evil.com' }, 403],
    ['Host: 127.0.0.1.evil.com', { host: '127.0.0.1.evil.com' }, 403],
    ['Host: localhost.evil.com', { host: 'localhost.evil.com' }, 403],
    ['Origin: http://evil.com', { origin: 'http://evil.com' }, 403],
    ['Origin: null', { origin: 'null' }, 403],
    ['Origin: http://localhost.evil.com', { origin: 'http://localhost.evil.com' }, 403],
    ['Origin: http://[::1].evil.example', { origin: 'http://[::1].evil.example' }, 403],
    ['two Origins', { origin: ['http://localhost', 'http://evil.com'] }, 403],
    ['Content-Type: text/plain', { 'content-type': 'text/plain' }, 415],
  ])('is refused with %s, and calls nothing', async (_what, headers, status) => {
    verifies('http:origin');
    expect((await send(headers)).status).toBe(status);
    expect(readEvilLog(evilLog).some(({ raw: line }) => line?.includes('from a page'))).toBe(false);
  });

  test('is taken under the names of this machine', async () => {
    for (const host of [`localhost:${port()}`, `[::1]:${port()}`, `127.0.0.1:${port()}`])
      expect(
        (await raw.send({ headers: { ...callHeaders('old__echo'), host }, body: callBody('old__echo', { m: '' }) }))
          .status,
      ).toBe(200);
  });

  test.each([
    ['PUT', '/mcp', 405],
    ['OPTIONS', '/mcp', 405],
    ['GET', '/mcp', 405],
    ['DELETE', '/mcp', 405],
    ['POST', '/mcp/../admin', 404],
    ['POST', '//mcp', 404],
    ['POST', '/api/servers', 404],
    ['POST', '/test/connection', 404],
  ])('%s %s is answered with its status, and lets no other site read', async (method, path, status) => {
    const sent = method === 'POST' ? { body: { command: 'touch', args: ['pwn'] } } : {};
    const answer = await raw.send({ method, path, headers: postHeaders(served.token), ...sent });
    expect(answer.status).toBe(status);
    if (status === 405) expect(answer.headers.allow).toContain('POST');
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    const foreign = await raw.send({
      method,
      path,
      headers: { ...postHeaders(served.token), origin: 'http://evil.com' },
    });
    expect(foreign.status).toBe(403);
  });

  test('starts nothing: a command in a body is no message', async () => {
    verifies('security:proxy:no-commands');
    const body = { command: 'touch', args: ['pwn'] };
    expect((await raw.send({ headers: postHeaders(served.token), body })).status).toBe(400);
    const method = { jsonrpc: '2.0', id: 1, method: 'servers/add', params: { ...body, _meta: modernMeta() } };
    const headers = { ...callHeaders('x'), 'mcp-method': 'servers/add' };
    const answer = await raw.send({ headers, body: method });
    expect([answer.status, answer.message.error?.code]).toEqual([404, -32601]);
  });
});

describe('the token of a running hub', () => {
  test('is needed', async () => {
    verifies('http:authentication', 'security:token:not-in-url', 'security:token:refused');
    const body = callBody('old__echo', { m: 'stranger' });
    const statusOf = async (authorization: string, path = '/mcp') =>
      (await raw.send({ path, headers: { ...callHeaders('old__echo'), authorization }, body })).status;
    const { token } = served;
    expect(await statusOf(`Bearer ${token.slice(0, 20)}`)).toBe(401);
    expect(await statusOf(`Bearer ${token}x`)).toBe(401);
    expect(await statusOf(`bearer ${token}`)).toBe(200);
    expect(await statusOf('', `/mcp?token=${token}`)).toBe(401);
  });

  test.runIf(process.platform === 'linux')(
    'is in no argument, no variable, no message and no file but its own',
    async () => {
      verifies('security:local:restricted');
      const { pid } = served.hub;
      for (const file of ['cmdline', 'environ'])
        expect(readFileSync(`/proc/${pid}/${file}`, 'latin1')).not.toContain(served.token);
      expect(served.hub.stderr()).not.toContain(served.token);
      for (const row of await readCallLog(served.home)) expect(JSON.stringify(row)).not.toContain(served.token);
      for (const name of ['calls.db', 'calls.db-wal'])
        expect(readFileSync(`${served.home.stateDir}/${name}`, 'latin1')).not.toContain(served.token);
      expect((statSync(`${served.home.stateDir}/http-token`).mode & 0o777).toString(8)).toBe('600');
    },
  );

  test('is not passed on to upstreams, nor is anything else of the connection', async () => {
    verifies('security:token:not-passed-on');
    const headers = { ...callHeaders('remote__echo'), cookie: 'c=CANARY2', 'proxy-authorization': 'CANARY3' };
    const answer = await raw.send({
      headers: { ...headers, 'mcp-session-id': 'CANARY4' },
      body: callBody('remote__echo', { m: 'x' }),
    });
    expect(answer.status).toBe(200);
    const seen = JSON.stringify(remote.seen);
    expect(seen).not.toContain('CANARY');
    expect(seen).not.toContain(served.token);
  });

  test.runIf(process.platform === 'linux')('guards a port that only this machine reaches', () => {
    verifies('http:loopback', 'security:local:restricted');
    const port = Number(new URL(served.url).port).toString(16).toUpperCase().padStart(4, '0');
    const listening = ['tcp', 'tcp6'].flatMap((file) =>
      readFileSync(`/proc/${served.hub.pid}/net/${file}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, local, , state]) => local?.endsWith(`:${port}`) && state === '0A')
        .map(([, local]) => local?.split(':')[0]),
    );
    expect(listening.length).toBeGreaterThan(0);
    for (const address of listening) expect(['0100007F', '00000000000000000000000001000000']).toContain(address);
  });
});

describe('a hub is not served', () => {
  const run = async (args: readonly string[], home: TempHome = createTempHome()) => {
    const result = await runCommand(['serve', ...args], { home });
    home.remove();
    return result;
  };

  test.each([
    [['--http', '0', '--host', '0.0.0.0', '--no-auth'], '0.0.0.0 cannot be served without a token'],
    [['--http', '70000'], '--http 70000 is not a port'],
    [['--no-auth'], '--no-auth needs --http'],
    [['--host', '0.0.0.0'], '--host needs --http'],
    [['--stdio'], '--stdio needs --http'],
  ])('with %j', async (args, reason) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(reason);
  });

  test('on a port that is taken', async () => {
    const { code, stderr } = await run(['--http', new URL(served.url).port]);
    expect(code).toBe(2);
    expect(stderr).toContain('another program has it');
  });

  test('with a token that is broken', async () => {
    const home = createTempHome();
    await runCommand(['token'], { home });
    writeFileSync(`${home.stateDir}/http-token`, 'broken');
    const { code, stderr } = await run(['--http', '0'], home);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be used: it holds no token[\s\S]*mcp-hub token rotate/);
  });
});

describe('a client that goes away', () => {
  test('cancels its call upstream within 500 ms, and the log says so', async () => {
    verifies('http:cancel:served');
    const before = cancels();
    const opening = raw
      .send({ headers: callHeaders('old__slow'), body: callBody('old__slow', { ms: 10_123 }) })
      .catch((error: Error) => error);
    await eventually('the call', () => readEvilLog(evilLog).some(({ raw: line }) => line?.includes('10123')));
    raw.close();
    expect(await opening).toBeInstanceOf(Error);
    await eventually('the cancellation', () => cancels() > before, 500);
    await eventually('its row', async () => {
      const rows = await readCallLog(served.home);
      return rows.some((row) => JSON.stringify(row).includes('10123') && row['outcome'] === 'cancelled');
    });
  });
});

/** Lowers a limit of a running process; Linux only. */
const PRLIMIT = '/usr/bin/prlimit';

describe('a hub that may open no more files', () => {
  test.runIf(existsSync(PRLIMIT))('outlives it, and serves again', async () => {
    const small = await serveOnHttp({ mcpServers: {} });
    const { port } = new URL(small.url);
    execFileSync(PRLIMIT, ['--pid', String(small.hub.pid), '--nofile=40:40']);
    const sockets = Array.from({ length: 100 }, () =>
      connect({ host: '127.0.0.1', port: Number(port) }).on('error', () => {}),
    );
    await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
    for (const socket of sockets) socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await Promise.any(sockets.map((socket) => once(socket, 'data')));
    for (const socket of sockets) socket.destroy();
    const health = createRawClient(small.url);
    await eventually('health', () =>
      health.send({ method: 'GET', path: '/health' }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect((await small.stop()).code).toBe(143);
  });
});

describe('a hub that is asked to end', () => {
  let ending: ServedHub;
  afterEach(() => ending.home.remove());

  test('lets a call finish, and ends with 143', async () => {
    ending = await serveOnHttp({ mcpServers: { old: legacyServer('old', { log: evilLog }) } });
    const [, , connectWith] = ASKED_CLIENTS[0];
    const client = await connectWith(ending);
    const call = client.callText('old__slow', { ms: 1_234 });
    await eventually('the call', () => readEvilLog(evilLog).some(({ raw: line }) => line?.includes('"ms":1234')));
    ending.hub.kill('SIGTERM');
    expect(await call).toBe('waited 1234');
    expect(await ending.hub.exited).toEqual({ code: 143, signal: null });
    await client.close().catch(() => {});
  }, 30_000);
});
