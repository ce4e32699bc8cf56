import { expect } from 'vitest';
import type { Redactor } from '../../../src/store/redact.ts';

/** What is stored of a text: the same whether it waited as its characters or as one character for each byte of UTF-8. */
export const storedOf = (redactor: Redactor, text: string, maxBytes: number): string => {
  const stored = redactor.payload(text, 'utf8', maxBytes);
  expect(redactor.payload(Buffer.from(text).toString('latin1'), 'latin1', maxBytes)).toEqual(stored);
  return stored.text;
};
