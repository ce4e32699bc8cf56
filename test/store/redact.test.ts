import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/store/redact.ts';
import { storedOf } from './support/stored-of.ts';

const SECRET = 'hunter2-is-the-secret';
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;
const redactor = createRedactor(['*token*', 'password', 'authorization', '/ghp_[A-Za-z0-9]{36}/']);

const redacted = (value: unknown, maxBytes = 100_000): string =>
  storedOf(redactor, typeof value === 'string' ? value : JSON.stringify(value), maxBytes);

describe('keys', () => {
  test('strings, objects and arrays under a secret key give way, numbers, booleans and null stay', () => {
    const value = {
      accessToken: SECRET,
      password: { user: 'x', value: SECRET },
      Authorization: ['Basic', SECRET],
      max_tokens: 4096,
      tokenized: true,
      token: null,
      path: '/tmp',
    };
    expect(JSON.parse(redacted(value))).toEqual({
      accessToken: '***',
      password: '***',
      Authorization: '***',
      max_tokens: 4096,
      tokenized: true,
      token: null,
      path: '/tmp',
    });
  });

  test('a key is known by its meaning, however it is escaped or spaced', () => {
    expect(redacted(`{"\\u0074oken" : \n "${SECRET}", "n": 1}`)).toBe('{"\\u0074oken" : \n "***", "n": 1}');
  });

  test('a value that holds quotes, brackets and backslashes is replaced to its end', () => {
    const value = { token: `a"}]\\"${SECRET}`, password: [{ a: `]"\\${SECRET}` }], after: 'kept' };
    expect(JSON.parse(redacted(value))).toEqual({ token: '***', password: '***', after: 'kept' });
  });

  test('a string that is no key is not taken for one', () => {
    expect(redacted({ list: ['token', 'x'], text: 'password' })).toBe('{"list":["token","x"],"text":"password"}');
  });

  test('keys inside strings that hold JSON count, however deep', () => {
    const inner = { user: 'u', token: SECRET, password: { a: [SECRET] } };
    const value = { content: [{ type: 'text', text: JSON.stringify({ deep: JSON.stringify(inner), token: SECRET }) }] };
    const result = JSON.parse(redacted(value));
    const text = JSON.parse(result.content[0].text);
    expect(text.token).toBe('***');
    expect(JSON.parse(text.deep)).toEqual({ user: 'u', token: '***', password: '***' });
  });

  test('JSON within prose counts as well, with quotes that come in pairs or not', () => {
    const prose = [
      `he said "hello: {"token":"${SECRET}"} and more`,
      `body {\\"token\\": \\"${SECRET}\\"} was refused`,
      `see {"a": "{\\"token\\":\\"${SECRET}\\"}"}`,
      `config = { "password": [ "${SECRET}" ], "x": 1 }`,
    ];
    for (const text of prose) {
      expect(redactor.text(text, 4096)).not.toContain(SECRET);
      expect(redacted({ text })).not.toContain(SECRET);
      expect(() => JSON.parse(redacted({ text }))).not.toThrow();
    }
  });
});

describe('patterns', () => {
  test('text that matches is replaced wherever it stands, in keys and in prose', () => {
    expect(redacted({ a: `x ${TOKEN} y`, [TOKEN]: 1 })).toBe('{"a":"x *** y","***":1}');
    expect(redactor.text(`push to https://${TOKEN}@github.com failed`, 4096)).toBe(
      'push to https://***@github.com failed',
    );
  });

  test('a greedy pattern ends with the string in which it began', () => {
    const greedy = createRedactor(['/Bearer \\S+/i']);
    const text = JSON.stringify({ a: 'bearer abc', b: 'x', c: [{ d: '{"e":"Bearer q","f":2}' }] });
    expect(JSON.parse(storedOf(greedy, text, 10_000))).toEqual({
      a: '***',
      b: 'x',
      c: [{ d: '{"e":"***","f":2}' }],
    });
  });

  test('a pattern may name its characters by numbers', () => {
    for (const entry of ['/\\x41KIA[0-9A-Z]{16}/', '/\\u0041KIA\\w{16}/', '/\\x41\\x4bIA[^\\s"]{16}/']) {
      const aws = createRedactor([entry]);
      expect(storedOf(aws, '{"a":"AKIAABCDEFGHIJKLMNOP\\n"}', 1000)).toBe('{"a":"***\\n"}');
      expect(aws.text('AKIAABCDEFGHIJKLMNOP', 1000)).toBe('***');
    }
  });

  test('a pattern sees what an escape stands for', () => {
    const key = `-----BEGIN PRIVATE KEY-----\nMIIE${SECRET}\n-----END PRIVATE KEY-----`;
    const pem = createRedactor(['/-----BEGIN [A-Z ]*KEY-----[\\s\\S]*?-----END [A-Z ]*KEY-----/']);
    expect(storedOf(pem, JSON.stringify({ file: `a ${key} b` }), 10_000)).toBe('{"file":"a *** b"}');
  });

  test('numbers, and a key together with its value, can be matched', () => {
    const cards = createRedactor(['/\\b4\\d{15}\\b/', '/"pin": ?"\\d+"/']);
    expect(storedOf(cards, '{"card":4111111111111111,"pin":"1234","n":1}', 1000)).toBe('{"card":"***",***,"n":1}');
  });

  test('a pattern that is no regular expression is refused', () => {
    expect(() => createRedactor(['/(/'])).toThrow(SyntaxError);
  });
});

describe('characters beyond ASCII', () => {
  const euros = createRedactor(['pässword', '/é€+/', '/🐎\\d/u']);

  test('are matched and stay, in keys, in patterns and around them', () => {
    const text = JSON.stringify({ a: 'xé€€y', pässword: SECRET, c: '🐎7 🐎', d: 'žluťoučký' });
    expect(storedOf(euros, text, 1000)).toBe('{"a":"x***y","pässword":"***","c":"*** 🐎","d":"žluťoučký"}');
  });

  test('count by their bytes, in the cut as well', () => {
    expect(euros.payload('"ä€"', 'utf8', 7)).toEqual({ text: '"ä€"', isCut: false });
    expect(euros.payload('"ä€"', 'utf8', 6)).toEqual({ text: '"ä€', isCut: true });
    expect(euros.payload(Buffer.from('"ä€"').toString('latin1'), 'latin1', 7)).toEqual({ text: '"ä€"', isCut: false });
    expect(euros.payload(Buffer.from('"ä€"').toString('latin1'), 'latin1', 5)).toEqual({ text: '"ä', isCut: true });
  });
});

describe('the cut', () => {
  test('a secret that reaches across the cut is replaced whole', () => {
    const text = JSON.stringify({ a: 'x'.repeat(50), b: TOKEN, token: SECRET, rest: 'y'.repeat(100) });
    for (let maxBytes = 1; maxBytes < text.length; maxBytes += 1) {
      const result = redacted(text, maxBytes);
      expect(Buffer.byteLength(result)).toBeLessThanOrEqual(maxBytes);
      expect(result).not.toMatch(/ghp_|hunter/);
    }
  });

  test('what lies beyond the cut does not come in when secrets before it get shorter', () => {
    const text = JSON.stringify({ token: 'x'.repeat(500), after: 'visible', b: TOKEN });
    const beginning = text.slice(0, text.indexOf('ghp_') + 10);
    expect(storedOf(redactor, beginning, 524)).toBe('{"token":"***","after":"vis');
  });

  test('a value whose end was cut off is replaced', () => {
    expect(redacted('{"a":1,"token":"hunt')).toBe('{"a":1,"token":"***');
    expect(redacted('{"a":1,"password":{"x":"hunt')).toBe('{"a":1,"password":"***"');
    expect(redacted('{"t":"{\\"token\\":\\"hunt')).toBe('{"t":"{\\"token\\":\\"***');
  });

  test('the result ends between two characters', () => {
    const text = JSON.stringify({ a: 'žluťoučký 🐎'.repeat(20) });
    for (let maxBytes = 0; maxBytes < 80; maxBytes += 1) {
      const result = redacted(text, maxBytes);
      expect(text.startsWith(result)).toBe(true);
      expect(maxBytes - Buffer.byteLength(result)).toBeLessThan(4);
    }
  });
});

describe('any JSON', () => {
  test('without secrets it stays as it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(storedOf(createRedactor(['*never-a-key*']), text, 1_000_000)).toBe(Buffer.from(text).toString('utf8'));
      }),
    );
  });

  test('a secret under a key never remains, and the rest is still JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 0, max: 3 }), (around, depth) => {
        let value: unknown = { around, token: SECRET, list: [around, { password: [SECRET, around] }] };
        for (let layer = 0; layer < depth; layer += 1) value = { text: JSON.stringify(value), around };
        const result = redacted(value);
        expect(result).not.toContain(SECRET);
        expect(() => JSON.parse(result)).not.toThrow();
      }),
    );
  });

  test('is not kept in memory for the keys that are remembered of it', () => {
    const remembered = createRedactor(['*token*']);
    const collect = garbageCollector();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 300; index += 1)
      remembered.payload(JSON.stringify({ [`a key of payload ${index}`]: 'x'.repeat(200_000) }), 'utf8', 1000);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(15_000_000);
  });

  test('hostile nesting costs no more than plain text', () => {
    const hostile = [
      '\\u005c'.padEnd(20_000, 'u005c'),
      '\\'.repeat(20_000),
      '"token":'.repeat(2500),
      '{"token":['.repeat(2000),
      `"${' '.repeat(19_998)}`,
      '" '.repeat(10_000),
    ];
    const started = performance.now();
    for (const text of hostile) {
      redactor.text(text, 20_000);
      redacted({ text });
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

const garbageCollector = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
};
