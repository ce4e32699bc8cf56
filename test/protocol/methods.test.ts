import { describe, expect, test } from 'vitest';
import { LIST_KINDS, LISTS, METHODS, methodEntry } from '../../src/protocol/methods.ts';

describe('the table of methods', () => {
  test.each(['__proto__', 'constructor', 'toString', '', 'tools/List', 'unknown'])('has no %j', (method) => {
    expect(methodEntry(method, 'legacy')).toBeUndefined();
    expect(methodEntry(method, 'modern')).toBeUndefined();
  });

  test('gives each era its own ways of saying hello', () => {
    expect(
      ['initialize', 'ping', 'server/discover', 'subscriptions/listen'].map(
        (method) => methodEntry(method, 'legacy')?.way,
      ),
    ).toEqual(['local', 'local', undefined, undefined]);
    expect(
      ['initialize', 'ping', 'server/discover', 'subscriptions/listen'].map(
        (method) => methodEntry(method, 'modern')?.way,
      ),
    ).toEqual([undefined, undefined, 'local', 'local']);
  });

  test('has the method of every list in both eras', () => {
    for (const kind of LIST_KINDS) {
      expect(LISTS[kind].kind).toBe(kind);
      expect(METHODS[LISTS[kind].method]).toEqual({ way: 'list', eras: ['legacy', 'modern'], list: kind });
    }
  });
});
