import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/json.ts';
import { readSubject } from '../../src/relay/subject.ts';

describe('what a request names', () => {
  test.each([
    ['tool', { name: 'add', arguments: { a: 1 } }, 'tool', 'add'],
    ['prompt', { name: 'greet' }, 'prompt', 'greet'],
    ['tool', { name: '__proto__' }, 'tool', '__proto__'],
    ['resource', { uri: 'x:1' }, 'resource', 'x:1'],
    [
      'reference',
      { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a', value: '' } },
      'prompt',
      'greet',
    ],
    [
      'reference',
      { ref: { type: 'ref/resource', uri: 'x:{a}' }, argument: { name: 'a', value: '' } },
      'resource',
      'x:{a}',
    ],
  ] as const)('%s %j: the %s %s', (subject, params, kind, name) => {
    expect(readSubject(subject, params as JsonObject)).toMatchObject({
      ok: true,
      subject: kind,
      name,
      isTemplate: name === 'x:{a}',
    });
  });

  test.each([
    ['tool', {}],
    ['tool', { name: '' }],
    ['tool', { name: 5 }],
    ['tool', { Name: 'add' }],
    ['tool', { name: 'add', arguments: 's' }],
    ['tool', { name: 'add', arguments: [1] }],
    ['tool', { name: 'add', arguments: null }],
    ['resource', {}],
    ['resource', { uri: '' }],
    ['resource', { uri: ['x:1'] }],
    ['reference', {}],
    ['reference', { ref: 'greet', argument: { name: 'a', value: '' } }],
    ['reference', { ref: { type: 'ref/prompt', name: 'greet' } }],
    ['reference', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a' } }],
    ['reference', { ref: { type: 'ref/tool', name: 'add' }, argument: { name: 'a', value: '' } }],
    ['reference', { ref: { type: 'ref/resource', name: 'add' }, argument: { name: 'a', value: '' } }],
  ] as const)('cannot be read: %s %j', (subject, params) => {
    expect(readSubject(subject, params as unknown as JsonObject)).toMatchObject({ ok: false });
  });

  test('is put back in its place, and everything else stays', () => {
    const rename = (subject: Parameters<typeof readSubject>[0], params: JsonObject): string => {
      const named = readSubject(subject, params);
      return named.ok ? JSON.stringify(named.withName('own')) : named.reason;
    };
    expect(rename('tool', { x: 1, name: 'm__add', arguments: { name: 'kept' } })).toBe(
      '{"x":1,"name":"own","arguments":{"name":"kept"}}',
    );
    expect(rename('resource', { uri: 'x:1', _meta: { k: 1 } })).toBe('{"uri":"own","_meta":{"k":1}}');
    expect(
      rename('reference', { ref: { type: 'ref/prompt', name: 'p', title: 't' }, argument: { name: 'a', value: 'b' } }),
    ).toBe('{"ref":{"type":"ref/prompt","name":"own","title":"t"},"argument":{"name":"a","value":"b"}}');
  });
});
