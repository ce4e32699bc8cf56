import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { initialize, modernMeta, type Talker, talker } from './support/conversation.ts';
import { linesTo, methodsTo, readEvilLog } from './support/evil-log.ts';
import { type ServedHub, serveOnHttp } from './support/http-hub.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { eventually, idle, residentBytes } from './support/processes.ts';
import type { Received } from './support/received.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { legacyServer, modernServer } from './support/upstreams.ts';

const MIB = 1024 * 1024;

/** The calls of tools that have reached the server `name`. */
const callsTo = (log: string, name: string): number =>
  methodsTo(log, name).filter((method) => method === 'tools/call').length;

/** The process of the server `name`. */
const pidOf = (name: string): number => readEvilLog(log).find((entry) => entry.name === name)?.pid ?? 0;

const hubCodeOf = ({ message }: Received): unknown =>
  (message.error?.data as { hubCode?: string } | undefined)?.hubCode;

let home: TempHome;
let log: string;
let hub: HubProcess;
let client: Talker;

/** A hub with these upstreams, whose client has seen its tools. */
const start = async (evil: string, settings: object): Promise<void> => {
  hub = await startHub({
    home,
    config: {
      mcpServers: { good: legacyServer('good', { log }), evil: legacyServer('evil', { evil, log }) },
      hub: { ...settings },
    },
  });
  await initialize(hub);
  client = talker(hub, 'legacy');
  await client.names('tools');
};

beforeEach(() => {
  home = createTempHome();
  log = home.file('evil.ndjson');
});
afterEach(() => home.remove());

describe('a client that does not read', () => {
  afterEach(() => hub.stop());

  const COUNT = 64;
  const RESULT_BYTES = 3 * MIB;

  /** Has so many large results made while nobody reads them; gives the promises of their answers. */
  const pileUp = async (): Promise<{ answers: Promise<Received>[] }> => {
    await client.call('good__big', { bytes: RESULT_BYTES });
    await client.call('evil__echo', { m: 'x' });
    hub.stopReading();
    const before = callsTo(log, 'good');
    const answers = Array.from({ length: COUNT }, () =>
      client.call('good__big', { bytes: RESULT_BYTES }, { timeoutMs: 60_000 }),
    );
    await eventually('the calls', () => callsTo(log, 'good') === before + COUNT);
    // The upstream has made its results, and the hub has taken as many of them as it takes.
    await idle(pidOf('good'));
    await idle(hub.pid);
    return { answers };
  };

  test.skipIf(process.platform !== 'linux')(
    'leaves the results with the upstream, and gets them all when it reads',
    async () => {
      await start('', { limits: { clientQueueBytes: MIB } });
      await client.call('good__big', { bytes: RESULT_BYTES });
      await idle(hub.pid);
      const before = residentBytes(hub.pid);
      const { answers } = await pileUp();
      const grown = residentBytes(hub.pid) - before;
      hub.readOn();
      for (const { line, message } of await Promise.all(answers)) {
        expect(message.error).toBeUndefined();
        expect(line.length).toBeGreaterThan(RESULT_BYTES);
      }
      expect(grown).toBeLessThan((COUNT * RESULT_BYTES) / 3);
    },
    90_000,
  );

  test.skipIf(process.platform !== 'linux')(
    'is asked for nothing more, and answered when it reads',
    async () => {
      await start('', { limits: { clientQueueBytes: MIB } });
      const { answers } = await pileUp();
      const late = client.call('evil__echo', { m: 'late' }, { timeoutMs: 60_000 });
      const before = linesTo(log, 'evil').length;
      await idle(hub.pid);
      expect(linesTo(log, 'evil').length).toBe(before);
      hub.readOn();
      await Promise.all(answers);
      expect((await late).message.result).toMatchObject({ content: [{ text: 'late' }] });
    },
    90_000,
  );
});

describe('an upstream that does not read', () => {
  afterEach(() => hub.stop());

  const CALL_MS = 3_000;

  const startDeaf = async (): Promise<{ hanging: Promise<Received> }> => {
    await start('deaf', { servers: { evil: { timeouts: { callMs: CALL_MS }, maxConcurrent: 2_000, breaker: false } } });
    const hanging = client.call('evil__hang');
    await eventually('the end of its reading', () => readEvilLog(log).some(({ event }) => event === 'deaf'));
    return { hanging };
  };

  test('gets as many calls as may wait for it; further ones are refused at once, and say that nothing was sent', async () => {
    await start('deaf', { servers: { evil: { timeouts: { callMs: CALL_MS }, breaker: false } } });
    const pending = Array.from({ length: 1_024 }, () => client.call('evil__hang', {}, { timeoutMs: 30_000 }));
    const refused = await client.call('evil__hang');
    expect(hubCodeOf(refused)).toBe('UPSTREAM_UNAVAILABLE');
    expect(refused.message.error).toMatchObject({
      message: 'evil was not asked: 1024 calls wait for its answers',
      data: { upstream: 'evil', hint: expect.stringMatching(/again/) },
    });
    expect(refused.message.error?.data).not.toHaveProperty('outcome');
    const codes = (await Promise.all(pending)).map(hubCodeOf);
    expect(new Set(codes)).toEqual(new Set(['TIMEOUT']));
  }, 60_000);

  test('costs other upstreams nothing', async () => {
    const { hanging } = await startDeaf();
    const waiting = Array.from({ length: 20 }, () => client.call('evil__echo', { m: 'x'.repeat(MIB) }));
    for (let index = 0; index < 200; index += 1) expect(await client.callText('good__echo', { m: 'x' })).toBe('x');
    const codes = (await Promise.all([hanging, ...waiting])).map(hubCodeOf);
    expect(new Set(codes)).toEqual(new Set(['TIMEOUT']));
  }, 60_000);

  test.skipIf(process.platform !== 'linux')(
    'costs bounded memory, however much it is sent',
    async () => {
      const { hanging } = await startDeaf();
      await idle(hub.pid);
      const before = residentBytes(hub.pid);
      const reasons = new Set<string>();
      const WAVES = 8;
      const CALLS = 12;
      for (let wave = 0; wave < WAVES; wave += 1) {
        const answers = Array.from({ length: CALLS }, () => client.call('evil__echo', { m: 'x'.repeat(8 * MIB) }));
        for (const answer of await Promise.all(answers)) {
          expect(['TIMEOUT', 'UPSTREAM_UNAVAILABLE']).toContain(hubCodeOf(answer));
          reasons.add(answer.message.error?.message ?? '');
        }
      }
      await hanging;
      await idle(hub.pid);
      expect(residentBytes(hub.pid) - before).toBeLessThan((WAVES * CALLS * 8 * MIB) / 2);
      const told = [...reasons].join('\n');
      expect(told).toMatch(/evil was not asked: \d+ bytes of other calls wait for its answers/);
      expect(told).toMatch(/evil was not asked: it does not read its standard input/);
    },
    90_000,
  );
});

describe('an upstream that says much by itself', () => {
  afterEach(() => hub.stop());

  test('is asked for its lists a few times, and its client told a few times, however often it says that they change', async () => {
    await start('storm:5000', {});
    const before = methodsTo(log, 'evil').filter((method) => method === 'tools/list').length;
    const hanging = hub.request('tools/call', { name: 'evil__hang', arguments: {} }, { id: 'hanging' });
    await eventually('the storm', () => readEvilLog(log).some(({ event }) => event === 'storm'));
    expect(await client.callText('evil__echo', { m: 'after' })).toBe('after');
    await client.names('tools');
    const asked = methodsTo(log, 'evil').filter((method) => method === 'tools/list').length - before;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(20);
    expect(hub.messages.filter(({ message }) => message.method?.endsWith('list_changed')).length).toBeLessThan(20);
    hub.notify('notifications/cancelled', { requestId: 'hanging' });
    hanging.catch(() => {});
  }, 60_000);
});

describe('of two clients of one upstream on HTTP', () => {
  let served: ServedHub;
  const stuck: Socket[] = [];

  afterEach(async () => {
    for (const socket of stuck.splice(0)) socket.destroy();
    await served.stop();
  });

  const headers = (name: string): Record<string, string> => ({
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${served.token}`,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  });
  const bodyOf = (client: string, name: string, args: object): string => {
    const clientInfo = { 'io.modelcontextprotocol/clientInfo': { name: client, version: '1' } };
    const params = { name, arguments: { ...args }, _meta: modernMeta(clientInfo) };
    return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  };
  const echo = async (client: string): Promise<string> => {
    const body = bodyOf(client, 'good__echo', { m: client });
    const response = await fetch(served.url, { method: 'POST', headers: headers('good__echo'), body });
    return response.text();
  };
  /** Asks for a large result and never reads it. Resolves when the hub has ended the connection. */
  const askAndNeverRead = async (bytes: number): Promise<{ ended: Promise<unknown> }> => {
    const { hostname, port, pathname, host } = new URL(served.url);
    const body = bodyOf('stuck', 'good__big', { bytes });
    const lines = Object.entries({ host, ...headers('good__big'), 'content-length': String(body.length) });
    const socket = connect({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port: Number(port) });
    stuck.push(socket);
    socket.on('error', () => {});
    const ended = once(socket, 'close');
    await once(socket, 'connect');
    socket.write(
      `POST ${pathname} HTTP/1.1\r\n${lines.map(([key, value]) => `${key}: ${value}`).join('\r\n')}\r\n\r\n${body}`,
    );
    return { ended };
  };

  test('the one that does not read is cut off, and the other is answered all the while', async () => {
    served = await serveOnHttp({ mcpServers: { good: modernServer('good', { log }) } });
    expect(await echo('reader')).toContain('reader');
    const results = 12;
    const asked = Array.from({ length: results }, () => askAndNeverRead(9 * MIB));
    const connections = await Promise.all(asked);
    await eventually('the calls', () => callsTo(log, 'good') >= results);
    for (let index = 0; index < 20; index += 1) expect(await echo('reader')).toContain('reader');
    // What waits in the socket of the test itself is the end of it.
    for (const socket of stuck) socket.resume();
    await Promise.all(connections.map(({ ended }) => ended));
    const complete = stuck.filter(({ bytesRead }) => bytesRead > 9 * MIB).length;
    expect(complete).toBeLessThan(results);
    expect(await echo('reader')).toContain('reader');
    expect(await echo('stuck')).toContain('stuck');
  }, 60_000);
});
