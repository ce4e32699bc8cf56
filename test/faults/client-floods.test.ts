import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { postHeaders } from '../downstream/http/support/raw-client.ts';
import { modernMeta } from '../e2e/support/conversation.ts';
import { linesTo } from '../e2e/support/evil-log.ts';
import { eventually } from '../e2e/support/processes.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { modernHeaders, openLegacySession } from './support/clients.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { answerTo, openStand, type Stand } from './support/stand.ts';

const MIB = 1024 * 1024;
const LINE_LIMIT = 2 * MIB;
const BODY_LIMIT = MIB;

const isAnonymous = ({ id, error }: WireMessage): boolean => (id === null || id === undefined) && error !== undefined;

describe.each(['legacy', 'modern'] as const)('F08 a %s client that floods standard input', (era) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand({ era, hub: { limits: { lineBytes: LINE_LIMIT } } });
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
  }, 60_000);

  /** A call of `echo`, so many bytes long, with its id at its beginning or its end. */
  const lineOf = (id: string, bytes: number, place: 'first' | 'last' = 'first'): string => {
    const meta = era === 'modern' ? `,"_meta":${JSON.stringify(modernMeta())}` : '';
    const parts = (m: string): string => {
      const params = `"method":"tools/call","params":{"name":"good__echo","arguments":{"m":"${m}"}${meta}}`;
      return place === 'first'
        ? `{"jsonrpc":"2.0","id":"${id}",${params}}`
        : `{"jsonrpc":"2.0",${params},"id":"${id}"}`;
    };
    return parts('x'.repeat(bytes - parts('').length));
  };

  test('F08 a line as long as may be is answered', async () => {
    stand.sendRaw(`${lineOf('longest', LINE_LIMIT)}\n`, 1);
    expect((await answerTo(stand, 'longest')).result).toBeDefined();
  });

  test('F08 a line that is one byte longer is refused under its id', async () => {
    stand.sendRaw(`${lineOf('too long', LINE_LIMIT + 1)}\n`);
    expect((await answerTo(stand, 'too long')).error?.code).toBe(-32600);
  });

  test('F08 a line whose id comes last is refused without an id', async () => {
    stand.unanswered.add('never read');
    stand.sendRaw(`${lineOf('never read', LINE_LIMIT + 1, 'last')}\n`);
    expect((await stand.hub.nextMessage(isAnonymous, 5_000)).message.error?.code).toBe(-32600);
  });

  test('F08 64 MiB without an end are refused once, cost no memory, and what follows is answered', async () => {
    const before = stand.hub.messages.filter(({ message }) => isAnonymous(message)).length;
    const piece = Buffer.alloc(MIB, 'x');
    for (let sent = 0; sent < 64; sent += 1) {
      stand.sendRaw(piece);
      // What waits in the pipe of this process is not what the hub holds.
      await new Promise(setImmediate);
    }
    stand.sendRaw('\n');
    stand.sendRaw(`${lineOf('after the flood', 500)}\n`, 1);
    expect((await answerTo(stand, 'after the flood', 10_000)).result).toBeDefined();
    expect(stand.hub.messages.filter(({ message }) => isAnonymous(message)).length - before).toBe(1);
  });

  test('F08 ten lines that are too long, one after the other, are refused one by one', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `long ${index}`);
    stand.sendRaw(ids.map((id) => `${lineOf(id, LINE_LIMIT + 10)}\n`).join(''));
    for (const id of ids) expect((await answerTo(stand, id)).error?.code).toBe(-32600);
  });

  test('F08 of 100,000 blank lines nothing is said', async () => {
    const before = stand.hub.messages.length;
    stand.sendRaw('\n'.repeat(100_000));
    stand.sendRaw(`${lineOf('after the blanks', 500)}\n`, 1);
    expect((await answerTo(stand, 'after the blanks')).result).toBeDefined();
    expect(stand.hub.messages).toHaveLength(before + 1);
  });
});

describe('F08 a client that floods HTTP', () => {
  let stand: Stand;
  let inSession: Record<string, string>;
  beforeAll(async () => {
    stand = await openStand({ http: true, hub: { limits: { httpBodyBytes: BODY_LIMIT } } });
    inSession = await openLegacySession(stand.raw, stand.token);
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
  }, 60_000);

  const bodyOf = (bytes: number, meta?: object): string => {
    const text = (m: string): string =>
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'good__echo', arguments: { m }, ...(meta && { _meta: meta }) },
      });
    return text('x'.repeat(bytes - text('').length));
  };
  const headersOf = (era: 'legacy' | 'modern'): Record<string, string> =>
    era === 'legacy' ? inSession : modernHeaders(stand.token, 'tools/call', { name: 'good__echo' });
  const metaOf = (era: 'legacy' | 'modern'): object | undefined => (era === 'modern' ? modernMeta() : undefined);

  test.each(['legacy', 'modern'] as const)(
    'F08 a %s body as long as may be is answered, a longer one is 413',
    async (era) => {
      stand.count.sent += 1;
      const headers = headersOf(era);
      const longest = await stand.raw.send({ headers, body: bodyOf(BODY_LIMIT, metaOf(era)) });
      expect(longest.message.result).toBeDefined();
      const longer = await stand.raw.send({ headers, body: bodyOf(BODY_LIMIT + 1, metaOf(era)) });
      expect(longer.status).toBe(413);
    },
  );

  test.each(['legacy', 'modern'] as const)(
    'F08 a %s body in chunks, of unknown length, is cut off at the limit',
    async (era) => {
      const before = linesTo(stand.evilLog, 'good').length;
      const headers = { ...headersOf(era), 'transfer-encoding': 'chunked' };
      const sent = stand.raw.send({ headers, body: Buffer.alloc(32 * MIB, ' ') });
      // The connection may be ended before the answer is read: what counts is that the hub takes no more.
      const status = await sent.then(
        (answer) => answer.status,
        () => 413,
      );
      expect(status).toBe(413);
      expect(linesTo(stand.evilLog, 'good')).toHaveLength(before);
    },
  );

  test('F08 a body that is announced as too long is refused before it comes', async () => {
    const headers = { ...postHeaders(stand.token), 'content-length': String(64 * MIB) };
    const open = await stand.raw.open({ headers });
    expect(open.status).toBe(413);
    open.drop();
  });

  test('F08 headers of 100 KiB are refused', async () => {
    const answer = await stand.raw.send({
      headers: { ...headersOf('modern'), 'x-much': 'x'.repeat(102_400) },
      body: bodyOf(500, modernMeta()),
    });
    expect(answer.status).toBe(431);
  });

  test('F08 200 connections that send nothing do not keep others out', async () => {
    const idle = Array.from({ length: 200 }, () => openIdle(stand.url));
    expect((await (await stand.client('modern on HTTP')).call('good__echo', { m: 'in' })).result).toBeDefined();
    for (const socket of await Promise.all(idle)) socket.destroy();
    await eventually(
      'the answer',
      async () => (await stand.raw.send({ method: 'GET', path: '/health' })).status === 200,
    );
  });
});

const openIdle = async (url: string): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('POST /mcp HTTP/1.1\r\n');
  return socket;
};
