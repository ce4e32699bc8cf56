import { describe, expect, test } from 'vitest';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createCore, modernMeta, type TestClient } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

const connect = (): TestClient =>
  createCore([createFakeUpstream('math', { definitions: { tools: [tool('add')] } })]).connect();

const INITIALIZE = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } };

/** The shape that a list has in the era of its connection. */
const eraOf = (answer: { result?: object }): string =>
  answer.result === undefined ? 'refused' : 'resultType' in answer.result ? 'modern' : 'legacy';

describe('the opening of a connection', () => {
  test('by `initialize` makes it legacy', async () => {
    verifies('version:dual-era:initialize');
    const client = connect();
    expect((await client.request('initialize', INITIALIZE)).result).toMatchObject({ protocolVersion: '2025-11-25' });
    expect(eraOf(await client.request('tools/list'))).toBe('legacy');
  });

  test('by `initialize` with a modern revision settles on the newest legacy one', async () => {
    verifies('lifecycle:version:newest');
    const client = connect();
    const answer = await client.request('initialize', { ...INITIALIZE, protocolVersion: '2026-07-28' });
    expect(answer.result).toMatchObject({ protocolVersion: '2025-11-25' });
  });

  test('by a legacy request without `initialize` makes it legacy, and serves the request', async () => {
    const client = connect();
    expect(eraOf(await client.request('tools/list'))).toBe('legacy');
    expect(eraOf(await client.modern('tools/list'))).toBe('legacy');
    expect((await client.request('ping')).result).toEqual({});
  });

  test('by a modern request makes it modern', async () => {
    verifies('version:discover:optional', 'version:dual-era:modern-request');
    const client = connect();
    expect(eraOf(await client.modern('tools/list'))).toBe('modern');
    expect((await client.request('tools/list')).error?.code).toBe(-32602);
  });

  test('by `server/discover` decides nothing: `initialize` is accepted after it', async () => {
    const client = connect();
    expect((await client.modern('server/discover')).result).toMatchObject({ supportedVersions: ['2026-07-28'] });
    expect((await client.modern('server/discover')).result).toMatchObject({ supportedVersions: ['2026-07-28'] });
    expect((await client.request('initialize', INITIALIZE)).result).toMatchObject({ protocolVersion: '2025-11-25' });
    expect(eraOf(await client.request('tools/list'))).toBe('legacy');
  });

  test('by `server/discover` and then a modern request makes it modern: `initialize` is refused with the revisions', async () => {
    verifies('version:initialize-refused');
    const client = connect();
    await client.modern('server/discover');
    await client.modern('tools/list');
    expect((await client.request('initialize', INITIALIZE)).error).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28'], requested: '2025-11-25' },
    });
    expect((await client.request('ping')).error?.code).toBe(-32601);
    expect((await client.modern('ping')).error?.code).toBe(-32601);
  });

  test('by `initialize` makes `server/discover` unknown, and a modern list legacy', async () => {
    const client = connect();
    await client.request('initialize', INITIALIZE);
    expect((await client.modern('server/discover')).error?.code).toBe(-32601);
    expect(eraOf(await client.modern('tools/list'))).toBe('legacy');
  });

  test('by a request of an unknown revision decides nothing', async () => {
    verifies('version:unsupported');
    const client = connect();
    const _meta = modernMeta({ 'io.modelcontextprotocol/protocolVersion': '1900-01-01' });
    expect((await client.request('tools/list', { _meta })).error).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28'], requested: '1900-01-01' },
    });
    expect((await client.request('initialize', INITIALIZE)).error).toBeUndefined();
  });

  test('by a request whose envelope is wrong decides nothing', async () => {
    verifies('base:meta:required');
    const client = connect();
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    expect((await client.request('tools/list', { _meta })).error?.code).toBe(-32602);
    expect((await client.request('initialize', INITIALIZE)).error).toBeUndefined();
  });

  test('by a notification decides nothing', async () => {
    const client = connect();
    client.notify('notifications/initialized');
    client.notify('notifications/cancelled', { requestId: 1 });
    expect(eraOf(await client.modern('tools/list'))).toBe('modern');
  });

  test('tells who the client is, once', async () => {
    const core = createCore([]);
    const client = core.connect();
    await client.modern('tools/list');
    await client.modern('prompts/list');
    expect(core.eventsOf('client.connected')).toMatchObject([
      { clientId: 'client-1', era: 'modern', protocolVersion: '2026-07-28', name: 'modern-client', version: '2' },
    ]);
  });
});

describe('a line that is no request', () => {
  test('is answered with -32700 and an id of null, and the next one is served', async () => {
    verifies('base:error:id');
    const client = connect();
    client.line('{"jsonrpc":"2.0","id":1,"method":');
    client.line('hello');
    expect(client.lines).toHaveLength(2);
    for (const line of client.lines) expect(JSON.parse(line)).toMatchObject({ id: null, error: { code: -32700 } });
    expect((await client.request('ping', undefined, 2)).result).toEqual({});
  });

  test.each([
    ['[]', 'null'],
    ['42', 'null'],
    ['null', 'null'],
    ['"x"', 'null'],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 'null'],
    ['{"id":4,"method":"ping"}', '4'],
    ['{"jsonrpc":"1.0","id":3,"method":"ping"}', '3'],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', 'null'],
    ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', 'null'],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', 'null'],
    ['{"jsonrpc":"2.0","id":5}', '5'],
    ['{"jsonrpc":"2.0","id":"a\\"b"}', '"a\\"b"'],
  ])('%s is answered with -32600 and the id %s', (line, id) => {
    verifies('base:request:id-type', 'base:error:id');
    const client = connect();
    client.line(line);
    expect(client.lines[0]).toContain(`"id":${id},"error":{"code":-32600,`);
    expect(client.lines).toHaveLength(1);
    expect(() => JSON.parse(client.lines[0] as string)).not.toThrow();
  });

  test('because it was too long is answered with its id, where that stands at the beginning', () => {
    const client = connect();
    client.connection.onOverflow(
      Buffer.from(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"x":"${'y'.repeat(4000)}`),
    );
    client.connection.onOverflow(Buffer.from('x'.repeat(4096)));
    expect(client.lines[0]).toContain('"id":7,"error":{"code":-32600,');
    expect(client.lines[1]).toContain('"id":null,"error":{"code":-32600,');
    expect(client.lines[1]?.length).toBeLessThan(300);
  });

  test.each([
    '{"jsonrpc":"2.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}',
    '{"jsonrpc":"2.0","id":1,"result":[]}',
  ])('but the answer %s is not answered', (line) => {
    const client = connect();
    client.line(line);
    expect(client.lines).toEqual([]);
    expect(client.problems).toHaveLength(1);
  });

  test('with invalid UTF-8 is answered with -32700', () => {
    const client = connect();
    client.connection.onLine(
      Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'),
        Buffer.from([0x61, 0xff, 0xfe, 0x62]),
        Buffer.from('"}'),
      ]),
    );
    expect(JSON.parse(client.lines[0] as string)).toMatchObject({ id: null, error: { code: -32700 } });
  });

  test('that nests 20,000 levels is answered with -32600', () => {
    const client = connect();
    const nested = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    client.line(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"math__add","arguments":${nested}}}`);
    expect(JSON.parse(client.lines[0] as string)).toMatchObject({ id: 1, error: { code: -32600 } });
  });
});

describe('a request with wrong params', () => {
  test.each([
    '[1]',
    '{"name":5}',
    '{"name":"math__add","arguments":"s"}',
    '{"name":"__proto__"}',
    '{"name":"constructor"}',
    '{"name":""}',
    '{}',
    '"x"',
    'null',
  ])('%s is answered with -32602, reaches no upstream, and pollutes nothing', async (params) => {
    verifies('tools:error:protocol');
    const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')] } });
    const core = createCore([upstream]);
    const client = core.connect();
    client.line(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
    await client.connection.settled();
    expect(JSON.parse(client.lines[0] as string)).toMatchObject({ id: 1, error: { code: -32602 } });
    expect(upstream.calls).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('that are absent is answered with -32602', async () => {
    const client = connect();
    expect((await client.request('tools/call')).error?.code).toBe(-32602);
  });

  test.each(['unknown/method', '__proto__', 'constructor', 'tasks/nothing', 'sampling/createMessage'])(
    'of the method %s that is not served is answered with -32601',
    async (method) => {
      expect((await connect().request(method)).error).toMatchObject({
        code: -32601,
        message: `Method not found: ${method}`,
      });
      const modern = connect();
      expect((await modern.modern(method)).error?.code).toBe(-32601);
    },
  );

  test('of the other era is answered with -32601', async () => {
    const legacy = connect();
    await legacy.request('initialize', INITIALIZE);
    expect((await legacy.request('subscriptions/listen', { notifications: {} })).error?.code).toBe(-32601);
    for (const method of ['tasks/list', 'tasks/result', 'logging/setLevel', 'resources/subscribe'])
      expect((await connect().modern(method)).error?.code).toBe(-32601);
  });
});

describe('a connection', () => {
  test('may begin a line with a byte order mark and spaces', () => {
    const client = connect();
    client.line('\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}');
    client.line('   {"jsonrpc":"2.0","id":3,"method":"ping"}');
    expect(client.lines).toEqual(['{"jsonrpc":"2.0","id":1,"result":{}}', '{"jsonrpc":"2.0","id":3,"result":{}}']);
  });

  test('that never said anything is settled, and can be closed', async () => {
    const { connection } = connect();
    await connection.settled();
    connection.close();
  });
});
