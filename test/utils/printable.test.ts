import { expect, test } from 'vitest';
import { printable, printableJson } from '../../src/utils/printable.ts';

test('what steers a terminal or cannot be seen becomes an escape', () => {
  expect(printable('\u001b[31mred\u0007')).toBe('\\u001b[31mred\\u0007');
  expect(printable('a\u009bb\u202ec\u200bd\ufeff\u00ad')).toBe('a\\u009bb\\u202ec\\u200bd\\ufeff\\u00ad');
  expect(printable('x\u{e0041}\u{e0100}\ud800')).toBe('x\\u{e0041}\\u{e0100}\\ud800');
  expect(printable('one\ntwo\r\u2028')).toBe('one\\u000atwo\\u000d\\u2028');
});

test('text that can be seen stays as it is', () => {
  const text = 'žluťoučký kůň 日本語 عربي 🐎 C:\\new {"a":1}';
  expect(printable(text)).toBe(text);
});

test('line breaks stay where they are asked for, and nothing else does', () => {
  expect(printable('a\nb\r\u001b', { keepLineBreaks: true })).toBe('a\nb\\u000d\\u001b');
});

test('JSON means the same afterwards', () => {
  const value = { text: 'a\u009b\u202e\u{e0041} \\u{e0041} \\u200b' };
  const json = printableJson(JSON.stringify(value));
  expect(json).not.toMatch(/[\u009b\u202e]|\u{e0041}/u);
  expect(JSON.parse(json)).toEqual(value);
});
