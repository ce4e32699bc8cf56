import { expect, test } from 'vitest';
import { retryAfterOf } from '../../../src/upstream/transport/retry-after.ts';

const NOW = Date.parse('2026-11-26T10:00:00Z');

test.each<[number, string | undefined, number | undefined]>([
  [429, '2', 2000],
  [503, ' 10 ', 10_000],
  [429, '0', 0],
  [429, 'Thu, 26 Nov 2026 10:00:30 GMT', 30_000],
  [429, 'Thu, 26 Nov 2026 09:00:00 GMT', 0],
  [429, '99999999999999999999', 300_000],
  [429, 'soon', undefined],
  [429, '-5', undefined],
  [429, '1.5', undefined],
  [429, '', undefined],
  [429, undefined, undefined],
  [500, '2', undefined],
  [200, '2', undefined],
])('status %s with Retry-After %j asks for %s ms', (status, value, expected) => {
  const headers = new Headers(value === undefined ? {} : { 'retry-after': value });
  expect(retryAfterOf({ status, headers }, NOW).retryAfterMs).toBe(expected);
});
