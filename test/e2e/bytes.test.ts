import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { initialize, type Talker, talker } from './support/conversation.ts';
import { linesTo } from './support/evil-log.ts';
import { type HubProcess, startDirectly, startHub } from './support/hub-process.ts';
import { memberBytes } from './support/member-bytes.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer, modernServer, publishedServer } from './support/upstreams.ts';

const home = createTempHome();
const evilLog = home.file('evil.ndjson');
const config = {
  mcpServers: { old: legacyServer('old', { log: evilLog }), new: modernServer('new', { log: evilLog }) },
};

let legacyHub: HubProcess;
let modernHub: HubProcess;
let legacy: Talker;
let modern: Talker;

beforeAll(async () => {
  legacyHub = await startHub({ config });
  modernHub = await startHub({ config });
  legacy = talker(legacyHub, 'legacy');
  modern = talker(modernHub, 'modern');
  await initialize(legacyHub);
  await Promise.all([legacy.names('tools'), modern.names('tools')]);
}, 30_000);

afterAll(async () => {
  await Promise.all([legacyHub.stop(), modernHub.stop()]);
  home.remove();
}, 30_000);

/** The bytes of the result, when the upstream answers with exactly `json`. */
const relayed = async (client: Talker, upstream: string, json: string): Promise<string> =>
  memberBytes((await client.call(`${upstream}__bytes`, { json })).line, 'result').toString();

const RESULTS = {
  text: '{"content":[{"type":"text","text":"héllo \\u00e9 \\ud83d\\ude00 😀 \\/ \\n"}]}',
  'an image': '{"content":[{"type":"image","data":"iVBORw0KGgo=","mimeType":"image/png"}]}',
  'structured content': '{"content":[{"type":"text","text":"{}"}],"structuredContent":{"b":1,"a":[{}],"n":1.50}}',
  'unknown fields': '{"x-first":null,"content":[{"type":"hologram","x":[1,{"y":2}]}],"_meta":{"com.example/k":"v"}}',
  'white space': '{ "content" : [ { "type":"text" ,\t"text" : "a" } ] , "isError" : false }',
  'equal keys': '{"content":[],"twice":1,"twice":2}',
  'keys of prototypes': '{"content":[],"__proto__":{"polluted":true},"constructor":1,"toString":"x"}',
  'long numbers': '{"content":[],"n":12345678901234567890,"f":0.10000000000000000000001,"e":1e400,"z":-0}',
  'integers as keys': '{"2":"two","1":"one","content":[]}',
} as const;

/** Puts the member in that a modern result must have, at its end. */
const asModern = (json: string): string => json.replace(/\s*\}$/, ',"resultType":"complete"}');

describe('between peers of one era', () => {
  test.each(Object.entries(RESULTS))('%s passes a legacy pair byte for byte', async (_name, json) => {
    verifies('tools:content:text');
    expect(await relayed(legacy, 'old', json)).toBe(json);
  });

  test.each(Object.entries(RESULTS))('%s passes a modern pair byte for byte', async (_name, json) => {
    verifies('tools:content:text', 'tools:content:structured');
    expect(await relayed(modern, 'new', asModern(json))).toBe(asModern(json));
  });

  test('a result of 5 MB passes byte for byte', async () => {
    const filler = 'é😀"\\'.repeat(550_000);
    for (const [client, upstream, dress] of [
      [legacy, 'old', (json: string) => json],
      [modern, 'new', asModern],
    ] as const) {
      const json = dress(`{"content":[{"type":"text","text":${JSON.stringify(filler)}}],"x":12345678901234567890}`);
      const file = join(home.dir, `${upstream}.json`);
      writeFileSync(file, json);
      const { line } = await client.call(`${upstream}__bytes`, { file });
      expect(line.length).toBeGreaterThan(5 * 1024 * 1024);
      expect(memberBytes(line, 'result').equals(Buffer.from(json))).toBe(true);
    }
  });

  test('large results that come together and one after the other have each its own bytes', async () => {
    const results = Array.from({ length: 12 }, (_, index) => {
      const text = String.fromCharCode(0x61 + index).repeat(40_000 * index + 30_000);
      return `{"content":[{"type":"text","text":"${text}é"}],"n":${index}}`;
    });
    const files = results.map((json, index) => {
      const file = join(home.dir, `large-${index}.json`);
      writeFileSync(file, json);
      return file;
    });
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(files.map((file) => legacy.call('old__bytes', { file })));
      for (const [index, { line }] of answers.entries()) {
        expect(memberBytes(line, 'result').equals(Buffer.from(results[index] as string))).toBe(true);
      }
    }
  });

  test('an error of an upstream passes byte for byte', async () => {
    const json = '{"code":-31999,"message":"no \\u00e9","data":{"n":12345678901234567890},"x-unknown":1}';
    const { line } = await legacy.call('old__refuse', { json });
    expect(memberBytes(line, 'error').toString()).toBe(json);
    const modernLine = (await modern.call('new__refuse', { json })).line;
    expect(memberBytes(modernLine, 'error').toString()).toBe(json);
  });

  test('any JSON in a result passes byte for byte', async () => {
    const result = fc.array(fc.tuple(jsonKey, jsonText), { maxLength: 4 }).map(withContent);
    await fc.assert(
      fc.asyncProperty(result, async (json) => {
        expect(await relayed(legacy, 'old', json)).toBe(json);
        expect(await relayed(modern, 'new', asModern(json))).toBe(asModern(json));
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

const withContent = (members: readonly (readonly [string, string])[]): string =>
  `{${['"content":[]', ...members.map(([key, value]) => `${key}:${value}`)].join(',')}}`;

const numberText = fc.oneof(
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.constantFrom('1.0', '-0', '1e5', '1E-7', '123456789012345678901234567890', '0.1000'),
);
const stringText = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\u0041\\/"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\b\\f"', '"é\u2028"'),
);
const jsonKey = fc
  .oneof(stringText, fc.constantFrom('"__proto__"', '"constructor"', '"x"', '"1"'))
  .map((key) => `${key}`);
const { value: jsonText } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false'),
    numberText,
    stringText,
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
  object: fc
    .array(fc.tuple(jsonKey, tie('value')), { maxLength: 3 })
    .map((members) => `{ ${members.map(([key, value]) => `${key} :${value}`).join(' , ')} }`),
}));

describe('across the eras', () => {
  const PROTOCOL_MEMBERS = new Set(['resultType', 'ttlMs', 'cacheScope', '_meta']);

  const othersOf = (json: string): [string, string][] =>
    Object.keys(JSON.parse(json) as object)
      .filter((key) => !PROTOCOL_MEMBERS.has(key) && key !== '__proto__')
      .map((key) => [key, memberBytes(Buffer.from(json), key).toString()]);

  test('a legacy client gets a modern result without the members of the protocol, the others byte for byte', async () => {
    for (const json of [RESULTS.text, RESULTS['structured content'], RESULTS['white space'], RESULTS['long numbers']]) {
      const got = await relayed(legacy, 'new', asModern(json));
      expect(othersOf(got)).toEqual(othersOf(json));
      expect(JSON.parse(got)).not.toHaveProperty('resultType');
    }
  });

  test('a modern client gets a legacy result with the members of the protocol, the others byte for byte', async () => {
    for (const json of [RESULTS.text, RESULTS['structured content'], RESULTS['white space'], RESULTS['long numbers']]) {
      const got = await relayed(modern, 'old', json);
      expect(othersOf(got)).toEqual(othersOf(json));
      expect(JSON.parse(got)).toHaveProperty('resultType', 'complete');
    }
  });

  test('what a server says of itself under `_meta` keeps its other members', async () => {
    verifies('base:meta:foreign-keys');
    const json = '{"content":[],"_meta":{"com.example/k":{"n":1}},"resultType":"complete"}';
    expect(JSON.parse(await relayed(legacy, 'new', json))).toMatchObject({ _meta: { 'com.example/k': { n: 1 } } });
  });
});

describe('requests', () => {
  const ARGUMENTS = '"m":"x","n":12345678901234567890,"f":1.0,"e":1e400,"__proto__":{"p":1},"list":[1,2.50]';

  test.each(['old', 'new'])('long numbers and unknown fields reach the upstream %s', async (upstream) => {
    legacyHub.sendRaw(
      `{"jsonrpc":"2.0","id":"long-${upstream}","method":"tools/call","params":{"name":"${upstream}__echo",` +
        `"arguments":{${ARGUMENTS}},"x-unknown":{"n":98765432109876543210},"_meta":{"com.example/trace":"t"}}}\n`,
    );
    await legacyHub.answerTo(`long-${upstream}`);
    const line = linesTo(evilLog, upstream).findLast((each) => each.includes('98765432109876543210'));
    expect(line).toContain('"n":12345678901234567890');
    expect(line).toContain('"f":1.0');
    expect(line).toContain('"e":1e400');
    expect(line).toContain('"list":[1,2.50]');
    expect(line).toContain('"__proto__":{"p":1}');
    expect(line).toContain('"x-unknown":{"n":98765432109876543210}');
    expect(line).toContain('"com.example/trace":"t"');
  });

  test('the requests 1 and "1" are different', async () => {
    verifies('base:response:same-id');
    const call = (id: string, m: string): string =>
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"old__echo","arguments":{"m":"${m}"}}}\n`;
    legacyHub.sendRaw(call('70001', 'number') + call('"70001"', 'string'));
    const number = await legacyHub.answerTo(70_001);
    const string = await legacyHub.answerTo('70001');
    expect(number.message.result).toEqual({ content: [{ type: 'text', text: 'number' }] });
    expect(string.message.result).toEqual({ content: [{ type: 'text', text: 'string' }] });
  });

  test('an id beyond 2^53 comes back with all its digits', async () => {
    legacyHub.sendRaw('{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}\n');
    const { line } = await legacyHub.nextMessage(({ id }) => typeof id === 'number' && id > 2 ** 52);
    expect(memberBytes(line, 'id').toString()).toBe('9007199254740993');
  });
});

test('what published servers answer is what arrives, byte for byte', async () => {
  verifies('tools:content:image');
  const servers = {
    everything: publishedServer('server-everything'),
    files: publishedServer('server-filesystem', [home.dir]),
  };
  const file = home.file('greeting.txt');
  writeFileSync(file, 'Grüße 😀\n');
  const calls = [
    ['everything', 'echo', { message: 'Grüße 😀' }],
    ['everything', 'get-sum', { a: 1.5, b: 2 }],
    ['everything', 'get-tiny-image', {}],
    ['everything', 'get-structured-content', { location: 'New York' }],
    ['everything', 'get-annotated-message', { messageType: 'error', includeImage: true }],
    ['files', 'read_text_file', { path: file }],
    ['files', 'read_text_file', { path: '/nowhere/else' }],
  ] as const;
  await using hub = await startHub({ config: { mcpServers: servers } });
  await initialize(hub);
  await using everything = await startDirectly(servers.everything);
  await using files = await startDirectly(servers.files);
  const direct = { everything, files };
  await Promise.all([initialize(everything), initialize(files)]);
  for (const [server, name, args] of calls) {
    const own = await talker(direct[server], 'legacy').call(name, args);
    const through = await talker(hub, 'legacy').call(`${server}__${name}`, args);
    expect(memberBytes(through.line, 'result').toString()).toBe(memberBytes(own.line, 'result').toString());
  }
}, 30_000);
