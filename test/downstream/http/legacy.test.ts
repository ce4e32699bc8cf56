import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { readEvilLog } from '../../e2e/support/evil-log.ts';
import { eventually } from '../../e2e/support/processes.ts';
import type { WireMessage } from '../../e2e/support/received.ts';
import { type HttpHub, type RawSession, startHttpHub } from './support/http-hub.ts';
import { type OpenStream, postHeaders, type SentEvent } from './support/raw-client.ts';

let hub: HttpHub;
beforeAll(async () => {
  hub = await startHttpHub();
  const session = await hub.session();
  await session.post({ id: 1, method: 'tools/list' });
});
afterAll(() => hub.stop());

const textOf = ({ result }: WireMessage): string =>
  ((result?.['content'] ?? []) as { text?: string }[]).map(({ text }) => text).join();

const cancels = () => readEvilLog(hub.log).filter(({ event, known }) => event === 'cancel' && known === true).length;

const isAnswer = ({ message }: SentEvent): boolean => message?.method === undefined && message !== undefined;

const changed = ({ message }: SentEvent): boolean => message?.method === 'notifications/tools/list_changed';

let grown = 0;
/** Makes the upstream say that its tools have changed, and waits until the hub has seen it. */
const changeTools = async (session: RawSession): Promise<void> => {
  grown += 1;
  const name = `grown_${grown}`;
  await session.call(`grow ${grown}`, 'one__grow', { name });
  await eventually('the new tool', async () => {
    const { message } = await session.post({ id: `list ${Math.random()}`, method: 'tools/list' });
    return JSON.stringify(message.result).includes(name);
  });
};

const progressCall = (id: string, steps: number, stepMs: number) => ({
  id,
  method: 'tools/call',
  params: { name: 'one__progress', arguments: { steps, stepMs }, _meta: { progressToken: id } },
});

const progressOf = (events: readonly SentEvent[]): unknown[] =>
  events.flatMap(({ message }) => (message?.method === 'notifications/progress' ? message.params?.['progress'] : []));

describe('a session', () => {
  test('has an id that nobody can guess, and its own view of ids', async () => {
    verifies('http-legacy:session:id', 'security:handle:random');
    const sessions = await Promise.all(Array.from({ length: 10 }, () => hub.session()));
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(10);
    for (const { id } of sessions) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    const answers = await Promise.all(
      sessions.map((session, index) => session.call(1, 'one__echo', { m: `m${index}` })),
    );
    expect(answers.map(({ message }) => [message.id, textOf(message)])).toEqual(
      sessions.map((_session, index) => [1, `m${index}`]),
    );
  });

  test('is needed for everything but initialize: 400 without, 404 for an unknown one', async () => {
    verifies('version:dual-era:initialize', 'http-legacy:session:required', 'http-legacy:session:unknown');
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const headers = postHeaders(hub.token);
    expect((await hub.raw.send({ headers, body })).status).toBe(400);
    expect((await hub.raw.send({ headers: { ...headers, 'mcp-session-id': '' }, body })).status).toBe(404);
    const unknown = { ...headers, 'mcp-session-id': 'unknown' };
    expect((await hub.raw.send({ headers: unknown, body })).status).toBe(404);
    expect((await hub.raw.send({ headers: unknown, method: 'GET' })).status).toBe(404);
    expect((await hub.raw.send({ headers: unknown, method: 'DELETE' })).status).toBe(404);
    const legacy = { ...headers, 'mcp-protocol-version': '2025-11-25' };
    expect((await hub.raw.send({ headers: legacy, method: 'GET' })).status).toBe(400);
  });

  test('refuses a revision that it cannot speak', async () => {
    verifies('http-legacy:version-header:refused');
    const { headers } = await hub.session();
    for (const version of ['1900-01-01', '2026-07-28x']) {
      const answer = await hub.raw.send({
        headers: { ...headers, 'mcp-protocol-version': version },
        body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      });
      expect(answer.status).toBe(400);
    }
  });

  test('is initialized once', async () => {
    const session = await hub.session();
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'again', version: '1' } };
    expect((await session.post({ id: 2, method: 'initialize', params })).message.error?.code).toBe(-32600);
  });

  test('ends with DELETE: its streams end, what is under way is answered and cancelled, and it is unknown', async () => {
    verifies('http-legacy:session:unknown', 'http-legacy:session:delete');
    const session = await hub.session();
    const stream = await session.listen();
    const before = cancels();
    const slow = await session.openPost({
      id: 'slow',
      method: 'tools/call',
      params: { name: 'one__slow', arguments: { ms: 10_000 } },
    });
    const ended = await hub.raw.send({ method: 'DELETE', headers: session.headers });
    expect([ended.status, ended.text]).toEqual([204, '']);
    await stream.ended();
    const { message } = await slow.next(isAnswer);
    expect([message?.id, message?.error?.message]).toEqual(['slow', 'the client ended the session']);
    await eventually('the cancellation', () => cancels() === before + 1, 1_000);
    expect((await session.call(1, 'one__echo')).status).toBe(404);
  });

  test('is told of, when it begins and when it ends', async () => {
    const count = (type: string) => hub.events.filter((event) => event.type === type).length;
    const [begun, ended] = [count('client.connected'), count('client.disconnected')];
    const session = await hub.session();
    await hub.raw.send({ method: 'DELETE', headers: session.headers });
    expect([count('client.connected') - begun, count('client.disconnected') - ended]).toEqual([1, 1]);
  });

  test('refuses an id that is under way, and answers the first', async () => {
    const session = await hub.session();
    const first = session.call('same', 'one__slow', { ms: 300 });
    await eventually('the call', () => readEvilLog(hub.log).some(({ raw }) => raw?.includes('"ms":300')));
    const second = await session.call('same', 'one__echo', { m: 'second' });
    expect([second.status, second.message.error?.code]).toEqual([400, -32600]);
    expect(textOf((await first).message)).toBe('waited 300');
  });

  test('answers notifications and answers with 202 and nothing', async () => {
    verifies('base:notification:unanswered', 'http-legacy:accepted');
    const session = await hub.session();
    for (const message of [{ method: 'notifications/whatever' }, { id: 'nobody asked', result: {} }]) {
      const answer = await session.post(message);
      expect([answer.status, answer.text]).toEqual([202, '']);
    }
  });

  test('makes room: the one that was idle longest ends when there are too many', async () => {
    const first = await hub.session();
    for (let count = 0; count < 256; count += 1) await hub.session();
    expect((await first.call(1, 'one__echo')).status).toBe(404);
  });
});

describe('a cancelled request', () => {
  test('is cancelled upstream, and its response ends without a message', async () => {
    verifies('http-legacy:disconnect', 'cancel:obeyed');
    const session = await hub.session();
    const before = cancels();
    const calling = session.call('slow', 'one__slow', { ms: 10_001 });
    await eventually('the call', () => readEvilLog(hub.log).some(({ raw }) => raw?.includes('"ms":10001')));
    await session.post({ method: 'notifications/cancelled', params: { requestId: 'slow' } });
    const answer = await calling;
    expect([answer.status, answer.messages]).toEqual([200, []]);
    await eventually('the cancellation', () => cancels() === before + 1, 500);
  });

  test('of another session is not touched', async () => {
    const [a, b] = [await hub.session(), await hub.session()];
    const calling = a.call('mine', 'one__slow', { ms: 302 });
    await eventually('the call', () => readEvilLog(hub.log).some(({ raw }) => raw?.includes('"ms":302')));
    await b.post({ method: 'notifications/cancelled', params: { requestId: 'mine' } });
    expect(textOf((await calling).message)).toBe('waited 302');
  });
});

describe('a stream that broke', () => {
  test('is no cancellation: its answer is fetched by resuming, once', async () => {
    verifies('http-legacy:stream:first-event', 'http-legacy:stream:ends', 'http-legacy:disconnect');
    const session = await hub.session();
    const before = cancels();
    const call = { id: 'long', method: 'tools/call', params: { name: 'one__slow', arguments: { ms: 600 } } };
    const broken = await session.openPost(call);
    const { id } = await broken.next((event) => event.id !== undefined);
    broken.drop();
    const resumed = await session.listen(id);
    expect(textOf((await resumed.next(isAnswer)).message as WireMessage)).toBe('waited 600');
    await resumed.ended();
    expect(resumed.events).toHaveLength(1);
    expect(cancels()).toBe(before);
  });

  test('goes on after the last event that was seen, without loss or repetition', async () => {
    verifies('http-legacy:resume:served');
    const session = await hub.session();
    const seen: SentEvent[] = [];
    let stream: OpenStream = await session.openPost(progressCall('steps', 30, 15));
    for (const stop of [5, 12, 20]) {
      await stream.next(({ message }) => message?.params?.['progress'] === stop);
      stream.drop();
      await stream.ended();
      seen.push(...stream.events);
      stream = await session.listen(seen.findLast(({ id }) => id !== undefined)?.id);
    }
    await stream.next(isAnswer);
    seen.push(...stream.events);
    expect(progressOf(seen)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(seen.filter(isAnswer)).toHaveLength(1);
  });

  test('can be resumed after its answer has come', async () => {
    verifies('http-legacy:resume:served');
    const session = await hub.session();
    const broken = await session.openPost(progressCall('late', 3, 60));
    const { id } = await broken.next((event) => event.id !== undefined);
    broken.drop();
    await session.call('after', 'one__slow', { ms: 300 });
    const resumed = await session.listen(id);
    await resumed.next(isAnswer);
    await resumed.ended();
    expect(progressOf([...broken.events, ...resumed.events])).toEqual([1, 2, 3]);
  });

  test('of another session cannot be resumed', async () => {
    verifies('http-legacy:resume:own-stream');
    const [a, b] = [await hub.session(), await hub.session()];
    const stream = await a.openPost(progressCall('secret', 2, 60));
    const { id } = await stream.next((event) => event.id !== undefined);
    await stream.next(isAnswer);
    const foreign = await b.listen(id);
    await b.call('x', 'one__echo', { m: 'x' });
    expect(foreign.events).toEqual([]);
    foreign.drop();
  });

  test('has no events without a message for a client of an older revision', async () => {
    const session = await hub.session();
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'one__slow', arguments: { ms: 250 } } };
    const headers = { ...session.headers, 'mcp-protocol-version': '2025-06-18' };
    const stream = await hub.raw.open({ headers, body });
    await stream.ended();
    expect(stream.events).toHaveLength(1);
  });
});

describe('what nobody has asked for', () => {
  test('comes on the stream of a GET, which wants a client that can read it', async () => {
    verifies('http-legacy:get');
    const session = await hub.session();
    const deaf = await hub.raw.send({ method: 'GET', headers: { ...session.headers, accept: 'application/json' } });
    expect(deaf.status).toBe(406);
    const stream = await session.listen();
    expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream']);
    await changeTools(session);
    expect((await stream.next(changed)).id).toBeDefined();
    stream.drop();
  });

  test('waits for the first stream', async () => {
    const session = await hub.session();
    await changeTools(session);
    const stream = await session.listen();
    await stream.next(changed);
    stream.drop();
  });

  test('comes on one stream only, the newest that is open', async () => {
    verifies('http-legacy:one-stream');
    const session = await hub.session();
    const older = await session.listen();
    const newer = await session.listen();
    await changeTools(session);
    await newer.next(changed);
    expect(older.events.filter(changed)).toEqual([]);
    newer.drop();
    await newer.ended();
    await eventually('the older to take over', async () => {
      await changeTools(session);
      return older.events.some(changed);
    });
    older.drop();
  });

  test('is bounded: a fifth stream ends the first', async () => {
    const session = await hub.session();
    const first = await session.listen();
    const others = [];
    for (let count = 0; count < 4; count += 1) others.push(await session.listen());
    await first.ended();
    for (const stream of others) stream.drop();
  });

  test('is not lost while the stream is broken, nor told twice', async () => {
    verifies('http-legacy:resume:ids');
    const session = await hub.session();
    const broken = await session.listen();
    await changeTools(session);
    const last = await broken.next(changed);
    broken.drop();
    await broken.ended();
    await changeTools(session);
    const resumed = await session.listen(last.id);
    await resumed.next(changed);
    const ids = [...broken.events, ...resumed.events].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    resumed.drop();
  });

  test('is given whole to a client with an id that never was', async () => {
    const session = await hub.session();
    for (const id of ['nonsense', 'get-0.1', '999.999', '']) {
      const stream = await session.listen(id);
      expect(stream.status).toBe(200);
      stream.drop();
    }
  });
});
