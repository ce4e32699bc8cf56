import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ClientQueue, createClientQueue } from '../../../src/downstream/http/client-queue.ts';
import { modernMeta } from '../../e2e/support/conversation.ts';
import { eventually } from '../../e2e/support/processes.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';
import { postHeaders } from './support/raw-client.ts';

const MIB = 1024 * 1024;

describe('a client that does not read one of its answers', () => {
  let hub: HttpHub;
  let stalled: Socket;

  beforeAll(async () => {
    hub = await startHttpHub({
      hub: { limits: { clientQueueBytes: 65_536, lineBytes: 32 * MIB, resultBytes: 32 * MIB } },
    });
    await hub.modern('tools/list');
  });
  afterAll(() => hub.stop());
  afterEach(() => void stalled.destroy());

  /** Asks for more than the buffers of a connection hold, and reads only the beginning. */
  const stall = async (): Promise<void> => {
    const params = { name: 'one__big', arguments: { bytes: 24 * MIB }, _meta: modernMeta() };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'big', method: 'tools/call', params });
    const head = Object.entries({
      ...postHeaders(hub.token),
      host: 'localhost',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'one__big',
      'content-length': String(body.length),
    }).map(([name, value]) => `${name}: ${value}`);
    stalled = connect({ host: '127.0.0.1', port: Number(new URL(hub.server.url).port) });
    stalled.write(`POST /mcp HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body}`);
    await once(stalled, 'readable');
  };

  const progress = async (): Promise<readonly (string | undefined)[]> => {
    const params = { name: 'one__progress', arguments: { steps: 3 } };
    const { messages } = await hub.modern('tools/call', params, { meta: { progressToken: 'p' } });
    return messages.map(({ method }) => method);
  };

  test('gets its other answers, but no progress, until it reads', async () => {
    await stall();
    expect(await progress()).toEqual([undefined]);
    stalled.resume();
    await eventually('room', async () => (await progress()).length === 4);
  });

  test('is told of changes when it reads again, and of each kind once', async () => {
    const filter = { notifications: { toolsListChanged: true } };
    const stream = await hub.openModern('subscriptions/listen', filter, { id: 'sub' });
    await stream.next(() => true);
    await stall();
    const seen = stream.events.length;
    for (const name of ['grown_a', 'grown_b']) {
      await hub.modern('tools/call', { name: 'one__grow', arguments: { name } });
      await eventually('the new tool', async () =>
        JSON.stringify((await hub.modern('tools/list')).message.result).includes(name),
      );
    }
    expect(stream.events.length).toBe(seen);
    stalled.resume();
    await stream.next(({ message }) => message?.method === 'notifications/tools/list_changed');
    expect(stream.events.slice(seen)).toHaveLength(1);
    stream.drop();
  });

  test('does not keep another client waiting', async () => {
    await stall();
    const other = { 'io.modelcontextprotocol/clientInfo': { name: 'other', version: '1' } };
    const params = { name: 'one__progress', arguments: { steps: 3 } };
    const { messages } = await hub.modern('tools/call', params, { meta: { progressToken: 'p', ...other } });
    expect(messages).toHaveLength(4);
  });
});

describe('the connections of a client', () => {
  /** A server that answers with so many bytes; and the queue that watches it. */
  const serve = async (queue: ClientQueue, bytes: number) => {
    const responses: ServerResponse[] = [];
    const server = createServer((_request, response) => {
      responses.push(response);
      queue.add(response);
      response.write(Buffer.alloc(bytes));
      queue.check();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ask = async (): Promise<{ socket: Socket; response: ServerResponse }> => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.on('error', () => {});
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await eventually('the response', () => responses.length > 0);
      return { socket, response: responses.shift() as ServerResponse };
    };
    return { ask, close: () => server.close().closeAllConnections() };
  };

  test('that hold up too much are ended, and those that do not are kept', async () => {
    const queue = createClientQueue({ maxBytes: 1024, disconnectBytes: 48 * MIB });
    const small = await serve(queue, 10);
    const large = await serve(queue, 32 * MIB);
    const reading = await small.ask();
    await once(reading.socket.resume(), 'data').catch(() => {});
    const first = await large.ask();
    expect(first.response.destroyed).toBe(false);
    const second = await large.ask();
    await eventually('the end of both', () => first.response.destroyed && second.response.destroyed);
    expect(reading.response.destroyed).toBe(false);
    small.close();
    large.close();
  });

  test('that take nothing for long are ended, those that are only slow are not, nor those for which nothing waits', async () => {
    const queue = createClientQueue({ maxBytes: 1024, stallMs: 300 });
    const large = await serve(queue, 24 * MIB);
    const small = await serve(queue, 10);
    const idle = await small.ask();
    idle.socket.resume();
    const slow = await large.ask();
    // Reads a piece often enough.
    const reading = setInterval(() => void slow.socket.read(MIB), 30);
    const stalled = await large.ask();
    await eventually('the end of the stalled one', () => stalled.response.destroyed, 3_000);
    expect([slow.response.destroyed, idle.response.destroyed]).toEqual([false, false]);
    clearInterval(reading);
    for (const { socket } of [idle, slow, stalled]) socket.destroy();
    small.close();
    large.close();
  });
});

describe('while more calls come than can be logged', () => {
  let hub: HttpHub;
  let behind: PromiseWithResolvers<void> | undefined;
  /** How many messages have had to wait. */
  let held = 0;
  const logBehind = (): Promise<void> | undefined => {
    if (behind !== undefined) held += 1;
    return behind?.promise;
  };
  beforeAll(async () => {
    hub = await startHttpHub({ server: { logBehind } });
    await hub.modern('tools/list');
  });
  beforeEach(() => {
    held = 0;
  });
  afterAll(() => hub.stop());
  const untilHeld = (count: number) => eventually('those that wait', () => held === count);
  const started = (): number => hub.events.filter(({ type }) => type === 'call.started').length;
  const call = (k: number) => hub.modern('tools/call', { name: 'one__echo', arguments: { m: String(k) } });

  test('a request over HTTP waits, and is answered when the log has caught up', async () => {
    behind = Promise.withResolvers<void>();
    const before = started();
    const waiting = [call(1), call(2)];
    await untilHeld(2);
    // Whoever asks for nothing that is logged is answered meanwhile.
    expect((await hub.raw.send({ method: 'GET', path: '/health' })).status).toBe(200);
    expect(started()).toBe(before);
    behind.resolve();
    behind = undefined;
    const answers = await Promise.all(waiting);
    expect(answers.map(({ message }) => message.result)).toMatchObject([
      { content: [{ text: '1' }] },
      { content: [{ text: '2' }] },
    ]);
    expect(started()).toBe(before + 2);
  });

  test('a cancellation does not come before its request, also where the log has caught up for others', async () => {
    const session = await hub.session();
    const waiting = Promise.withResolvers<void>();
    behind = waiting;
    const before = started();
    const call = session.call(2, 'one__echo', { m: 'nobody waits for it' });
    await untilHeld(1);
    behind = undefined;
    const cancel = session.post({ method: 'notifications/cancelled', params: { requestId: 2 } });
    // What came after it has come as well, in a session of its own.
    expect((await (await hub.session()).call(1, 'one__echo', { m: 'x' })).message.result).toBeDefined();
    waiting.resolve();
    expect((await cancel).status).toBe(202);
    expect((await call).messages).toEqual([]);
    expect(started()).toBe(before + 2);
  });

  test('what is not logged waits for nothing, but for what has come before it in its session', async () => {
    const session = await hub.session();
    const waiting = Promise.withResolvers<void>();
    behind = waiting;
    const answered: string[] = [];
    const note = async (name: string, answer: Promise<{ readonly status: number }>): Promise<void> => {
      expect((await answer).status).toBeLessThan(300);
      answered.push(name);
    };
    await note('notification', session.post({ method: 'notifications/roots/list_changed' }));
    await note('answer', session.post({ id: 99, result: {} }));
    await note('ping', session.post({ id: 1, method: 'ping' }));
    const call = note('call', session.call(2, 'one__echo', { m: 'x' }));
    await untilHeld(1);
    const ping = note('ping behind the call', session.post({ id: 3, method: 'ping' }));
    await note('ping elsewhere', (await hub.session()).post({ id: 1, method: 'ping' }));
    expect(answered).toEqual(['notification', 'answer', 'ping', 'ping elsewhere']);
    behind = undefined;
    waiting.resolve();
    await Promise.all([call, ping]);
  });

  test('a client that goes away meanwhile costs nothing', async () => {
    behind = Promise.withResolvers<void>();
    const before = started();
    const leaving = new AbortController();
    const gone = hub.raw.send({
      headers: postHeaders(hub.token),
      body: { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } },
      signal: leaving.signal,
    });
    await untilHeld(1);
    leaving.abort();
    await expect(gone).rejects.toThrow();
    expect((await hub.raw.send({ method: 'GET', path: '/health' })).status).toBe(200);
    behind.resolve();
    behind = undefined;
    expect((await call(3)).message.result).toMatchObject({ content: [{ text: '3' }] });
    expect(started()).toBe(before + 1);
  });
});
