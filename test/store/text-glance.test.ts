import { expect, test } from 'vitest';
import { BACKSLASH, BEYOND_ASCII, createGlances } from '../../src/store/text-glance.ts';

const LONG = 'lorem ipsum '.repeat(10_000);

test('a text in which something stands has all the bits that are needed for it', () => {
  const glances = createGlances();
  const wanted = ['ghp_', '://', 'xox', 'PRIVATE KEY-----', 'q'];
  const needed = wanted.map((text) => glances.neededFor(text, false));
  for (const [index, bits] of needed.entries())
    for (const text of [wanted[index], `a ${wanted[index]} b`, `ä${wanted[index]}`, LONG + wanted[index]])
      expect(glances.of(text as string) & bits).toBe(bits);
});

test('a text that lacks a rare character of it lacks one of the bits', () => {
  const glances = createGlances();
  const bits = glances.neededFor('ghp_', false);
  expect(glances.of('ghp-') & bits).not.toBe(bits);
  expect(glances.of(LONG) & bits).not.toBe(bits);
  expect(glances.of('GHP_') & bits).not.toBe(bits);
});

test('upper and lower case are the same where they are to be', () => {
  const glances = createGlances();
  const bits = glances.neededFor('Bearer', true);
  for (const text of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) expect(glances.of(text) & bits).toBe(bits);
});

test('more texts than there are bits share them, and none is missed', () => {
  const glances = createGlances();
  const wanted = Array.from({ length: 90 }, (_, index) => String.fromCharCode(33 + index).repeat(2));
  const needed = wanted.map((text) => glances.neededFor(text, false));
  for (const [index, bits] of needed.entries()) expect(glances.of(wanted[index] as string) & bits).toBe(bits);
});

test('backslashes and characters beyond ASCII are told, wherever they stand', () => {
  const glances = createGlances();
  expect(glances.of(LONG)).toBe(0);
  expect(glances.of(`${LONG}\\`)).toBe(BACKSLASH);
  for (const character of ['\u0080', 'ä', '€', '🐎', '\ud83d']) {
    expect(glances.of(`${character}${LONG}`)).toBe(BEYOND_ASCII);
    expect(glances.of(`${LONG}${character}`)).toBe(BEYOND_ASCII);
  }
});
