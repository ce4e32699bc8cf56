import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { initialize, talker, textOf } from './support/conversation.ts';
import { readEvilLog } from './support/evil-log.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { eventually } from './support/processes.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer } from './support/upstreams.ts';

const home = createTempHome();
const evilLog = home.file('evil.ndjson');
const config = { mcpServers: { good: legacyServer('good', { log: evilLog }) } };
let hub: HubProcess;

beforeAll(async () => {
  hub = await startHub({ config });
  await initialize(hub);
  await talker(hub, 'legacy').names('tools');
}, 30_000);

afterAll(async () => {
  await hub.stop();
  home.remove();
}, 30_000);

/** The next error that the hub says without being able to name a request. */
const anonymousError = async (): Promise<number | undefined> =>
  (await hub.nextMessage(({ id, error }) => (id === null || id === undefined) && error !== undefined, 2000)).message
    .error?.code;

const echo = async (m: string): Promise<string> => talker(hub, 'legacy').callText('good__echo', { m });

describe('what is not JSON-RPC', () => {
  test('broken JSON is answered with -32700, and the connection goes on', async () => {
    verifies('base:jsonrpc');
    hub.sendRaw('{"jsonrpc":"2.0","id":1,"method":\nhello\n');
    expect(await anonymousError()).toBe(-32700);
    expect(await anonymousError()).toBe(-32700);
    expect((await hub.request('ping')).message.result).toEqual({});
  });

  test.each([
    ['an empty batch', '[]'],
    ['a number', '42'],
    ['null', 'null'],
    ['a string', '"x"'],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'],
    ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
    ['an id with a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}'],
  ])('%s is answered with -32600', async (_name, line) => {
    verifies('base:request:id-type');
    hub.sendRaw(`${line}\n`);
    expect(await anonymousError()).toBe(-32600);
  });

  test.each([
    ['no version', 9101, '{"id":9101,"method":"ping"}'],
    ['another version', 9102, '{"jsonrpc":"1.0","id":9102,"method":"ping"}'],
    ['a method that is no text', 9103, '{"jsonrpc":"2.0","id":9103,"method":5}'],
    ['params that are a list', 9104, '{"jsonrpc":"2.0","id":9104,"method":"ping","params":[1]}'],
  ])('%s is refused under its id', async (_name, id, line) => {
    verifies('base:jsonrpc');
    hub.sendRaw(`${line}\n`);
    expect([-32600, -32602]).toContain((await hub.answerTo(id, 2000)).message.error?.code);
  });

  test('an answer to nothing is not answered, or refused, and the hub goes on', async () => {
    hub.sendRaw('{"jsonrpc":"2.0","id":987654,"result":{}}\n{"jsonrpc":"2.0","id":987655}\n');
    expect((await hub.request('ping')).message.result).toEqual({});
  });

  test('bytes that are no UTF-8 are answered with -32700', async () => {
    verifies('stdio:utf-8');
    hub.sendRaw(Buffer.from('{"jsonrpc":"2.0","id":9200,"method":"ping","params":{"m":"a\xff\xfeb"}}\n', 'latin1'));
    expect(await anonymousError()).toBe(-32700);
  });
});

describe('calls that no tool can take', () => {
  test.each([
    ['a list', '[1]'],
    ['nothing', undefined],
    ['a name that is a number', '{"name":5}'],
    ['arguments that are a text', '{"name":"good__echo","arguments":"s"}'],
    ['the name __proto__', '{"name":"__proto__"}'],
    ['the name constructor', '{"name":"constructor"}'],
    ['an empty name', '{"name":""}'],
  ])('%s is answered with -32602 and reaches no upstream', async (name, params) => {
    const before = readEvilLog(evilLog).length;
    const id = `bad ${name}`;
    const rest = params === undefined ? '' : `,"params":${params}`;
    hub.sendRaw(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call"${rest}}\n`);
    const { message } = await hub.answerTo(id, 2000);
    expect([-32602, -32600]).toContain(message.error?.code);
    expect(message.error?.message).not.toMatch(/disabled/i);
    expect(await echo('still here')).toBe('still here');
    const reached = readEvilLog(evilLog)
      .slice(before)
      .filter((entry) => entry.event === 'in');
    expect(reached).toHaveLength(1);
  });
});

describe('how bytes are cut into lines', () => {
  test('a byte order mark, CR LF, blank lines and leading spaces are understood', async () => {
    hub.sendRaw('\ufeff{"jsonrpc":"2.0","id":9301,"method":"ping"}\n');
    hub.sendRaw(
      '{"jsonrpc":"2.0","id":9302,"method":"ping"}\r\n\n\r\n   {"jsonrpc":"2.0","id":9303,"method":"ping"}\n',
    );
    for (const id of [9301, 9302, 9303]) expect((await hub.answerTo(id, 2000)).message.result).toEqual({});
  });

  test('a last line without an end is answered before the hub goes', async () => {
    const short = await startHub({ config });
    short.sendRaw('{"jsonrpc":"2.0","id":4,"method":"ping"}');
    short.endInput();
    expect((await short.exited).code).toBe(0);
    expect(short.messages.map(({ message }) => message.id)).toEqual([4]);
    await short.stop();
  });

  test('a line over the limit is refused under its id, a flood without end once, and the connection goes on', async () => {
    const filler = 'x'.repeat(11 * 1024 * 1024);
    const params = { name: 'good__echo', arguments: { m: filler } };
    hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id: 'too long', method: 'tools/call', params })}\n`);
    expect((await hub.answerTo('too long', 5000)).message.error?.code).toBe(-32600);
    for (let sent = 0; sent < 3; sent += 1) hub.sendRaw(filler);
    expect(await anonymousError()).toBe(-32600);
    hub.sendRaw('\n');
    expect(await echo('still here')).toBe('still here');
  });

  test('500 requests in one write are answered, each once', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `burst ${index}`);
    hub.sendRaw(ids.map((id) => `{"jsonrpc":"2.0","id":"${id}","method":"ping"}\n`).join(''));
    await Promise.all(ids.map((id) => hub.answerTo(id)));
  });

  test('a request that comes byte by byte is whole again', async () => {
    verifies('stdio:framing');
    const params = { name: 'good__echo', arguments: { m: '😀é漢' } };
    const bytes = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: 'bytewise', method: 'tools/call', params })}\n`);
    for (const byte of bytes) {
      hub.sendRaw(Buffer.of(byte));
      await delay(1);
    }
    expect(textOf(await hub.answerTo('bytewise'))).toBe('😀é漢');
  });
});

describe('cancellation', () => {
  test('the upstream gets one cancellation with its own id, and odd ones are ignored', async () => {
    verifies('cancel:own-requests');
    const before = readEvilLog(evilLog).length;
    const answer = hub.request('tools/call', { name: 'good__slow', arguments: { ms: 15_000 } }, { id: 'cancel me' });
    const silent = answer.then(
      ({ message }) => message.error?.code,
      () => 'not answered',
    );
    await eventually('the call to arrive', () =>
      readEvilLog(evilLog)
        .slice(before)
        .some((entry) => entry.raw?.includes('15000')),
    );
    hub.notify('notifications/cancelled', { requestId: 999 });
    hub.notify('notifications/cancelled', { requestId: {} });
    hub.notify('notifications/cancelled');
    hub.notify('notifications/cancelled', { requestId: 'cancel me' });
    hub.notify('notifications/cancelled', { requestId: 'cancel me' });
    const cancelsSeen = (): number =>
      readEvilLog(evilLog)
        .slice(before)
        .filter((entry) => entry.event === 'cancel').length;
    await eventually('the cancellation', () => cancelsSeen() > 0, 2000);
    expect(await echo('free again')).toBe('free again');
    expect(cancelsSeen()).toBe(1);
    expect(
      readEvilLog(evilLog)
        .slice(before)
        .find((entry) => entry.event === 'cancel')?.known,
    ).toBe(true);
    const answered = hub.messages.filter(({ message }) => message.id === 'cancel me');
    expect(answered.length).toBeLessThanOrEqual(1);
    for (const { message } of answered) expect(message.error).toBeDefined();
    void silent;
  });

  test('cancelling after the answer changes nothing', async () => {
    verifies('cancel:late');
    const { message } = await hub.request(
      'tools/call',
      { name: 'good__echo', arguments: { m: 'done' } },
      { id: 'late' },
    );
    expect(message.result).toBeDefined();
    hub.notify('notifications/cancelled', { requestId: 'late' });
    expect(await echo('x')).toBe('x');
    expect(hub.messages.filter(({ message: { id } }) => id === 'late')).toHaveLength(1);
  });
});

test('nothing that came in has changed the prototypes of the hub', async () => {
  hub.sendRaw('{"jsonrpc":"2.0","id":"p","method":"ping","params":{"__proto__":{"polluted":true}}}\n');
  expect((await hub.answerTo('p')).message.result).toEqual({});
  expect(await echo('x')).toBe('x');
});
