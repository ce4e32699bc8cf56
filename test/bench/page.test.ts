import { describe, expect, test } from 'vitest';
import { withResults } from '../../bench/page.ts';

describe('the page of results', () => {
  test('gets new results between its markers, and keeps what stands around them', () => {
    const page = 'before\n<!-- results -->\nold\n<!-- end of results -->\nafter\n';
    const written = withResults(page, 'new\n');
    expect(written).toBe('before\n<!-- results -->\nnew\n<!-- end of results -->\nafter\n');
    expect(withResults(written, 'new\n')).toBe(written);
  });

  test('is not written where it has no place for results', () => {
    expect(() => withResults('nothing', 'new')).toThrow('no place for results');
  });
});
