import { describe, expect, test } from 'vitest';
import { parseFilter, type Term } from '../../../src/monitor/filter/parse-filter.ts';

const only = (text: string): Term | undefined => parseFilter(text)[0];

describe('a filter', () => {
  test('of nothing has no terms', () => {
    expect(parseFilter('  ')).toEqual([]);
  });

  test('has a term for each word', () => {
    expect(parseFilter('server:git* tool:*issue* client:cursor status:error >1s since:30m !tool:ping login')).toEqual([
      { kind: 'server', glob: 'git*', isNegated: false },
      { kind: 'tool', glob: '*issue*', isNegated: false },
      { kind: 'client', glob: 'cursor', isNegated: false },
      { kind: 'status', status: 'error', isNegated: false },
      { kind: 'longer', ms: 1_000, isNegated: false },
      { kind: 'since', ms: 1_800_000, isNegated: false },
      { kind: 'tool', glob: 'ping', isNegated: true },
      { kind: 'word', word: 'login', isNegated: false },
    ]);
  });

  test.each([
    ['500ms', 500],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ])('reads %s as a time', (text, ms) => {
    expect(only(`>${text}`)).toMatchObject({ kind: 'longer', ms });
    expect(only(`<${text}`)).toMatchObject({ kind: 'shorter', ms });
    expect(only(`since:${text}`)).toMatchObject({ kind: 'since', ms });
  });

  test('dates are local, and stay where they are', () => {
    expect(only('since:2026-11-20')).toMatchObject({ kind: 'from', at: new Date(2026, 10, 20).getTime() });
    expect(only('since:2026-11-20T10:31Z')).toMatchObject({ kind: 'from', at: Date.UTC(2026, 10, 20, 10, 31) });
  });

  test('keeps words in quotes together, whatever is in them', () => {
    expect(only('"not found"')).toEqual({ kind: 'word', word: 'not found', isNegated: false });
    expect(only('!"server:x"')).toEqual({ kind: 'word', word: 'server:x', isNegated: true });
    expect(only('"half')).toEqual({ kind: 'word', word: 'half', isNegated: false });
  });

  test('takes a mark of exclamation alone as a word', () => {
    expect(only('!')).toEqual({ kind: 'word', word: '!', isNegated: false });
  });

  test('does not distinguish upper and lower case in keys', () => {
    expect(only('Status:OK')).toMatchObject({ kind: 'status', status: 'ok' });
  });

  test.each([
    ['server:', 'says nothing after the colon'],
    ['colour:red', 'is no key of a filter'],
    ['status:bad', '"bad" is no status'],
    ['>1', 'no time that can be read'],
    ['since:soon', 'no time that can be read'],
    ['since:2026-13-40', 'no time that can be read'],
  ])('that says %s is refused, with what it could be', (text, message) => {
    expect(() => parseFilter(text)).toThrow(message);
  });
});
