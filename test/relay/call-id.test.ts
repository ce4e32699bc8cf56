import { expect, test } from 'vitest';
import { createCallId } from '../../src/relay/call-id.ts';

test('ids of calls are all different, and sort in the order of the calls', () => {
  const ids = Array.from({ length: 5000 }, createCallId);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});
