import { deepStrictEqual } from 'node:assert/strict';

/** Compares values that may have `__proto__` as a key of their own, which the matchers of vitest take for a prototype. */
export const expectSame = (actual: unknown, expected: unknown): void => deepStrictEqual(actual, expected);
