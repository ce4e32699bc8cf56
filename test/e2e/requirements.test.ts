import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { citationsIn } from './requirements/citations.ts';
import type { Requirement } from './requirements/requirement.ts';
import { REQUIREMENTS } from './requirements.ts';

const TESTS = fileURLToPath(new URL('..', import.meta.url));
const OWN = 'e2e/requirements.test.ts';

const citations = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file) && file !== OWN)
  .flatMap((file) => citationsIn(file, readFileSync(`${TESTS}${file}`, 'utf8')));

const requirements = Object.entries<Requirement>(REQUIREMENTS);
const failing = new Set(requirements.filter(([, { knownFailure }]) => knownFailure !== undefined).map(([id]) => id));
const placesOf = (found: readonly { readonly id: string; readonly place: string }[]): string[] =>
  found.map(({ id, place }) => `${id} at ${place}`);

describe('a requirement of the specification', () => {
  test('is cited by a test', () => {
    const cited = new Set(citations.map(({ id }) => id));
    expect(requirements.flatMap(([id]) => (cited.has(id) ? [] : [id]))).toEqual([]);
  });

  test('is what every citation names', () => {
    expect(placesOf(citations.filter(({ id }) => !Object.hasOwn(REQUIREMENTS, id)))).toEqual([]);
  });

  test('is cited where it is tested: inside of a test that is not left out', () => {
    const idle = citations.filter(({ modifiers = '.todo' }) => /\.(skip|todo)\b/.test(modifiers));
    expect(placesOf(idle)).toEqual([]);
  });

  test('that the hub does not meet is cited by tests that are expected to fail, and any other by none of those', () => {
    const isExpectedToFail = ({ modifiers = '' }): boolean => /\.fails\b/.test(modifiers);
    const wrong = citations.filter((citation) => isExpectedToFail(citation) !== failing.has(citation.id));
    expect(placesOf(wrong)).toEqual([]);
  });

  test.each(requirements)('%s is said in one sentence, with the place in the specification', (_id, requirement) => {
    expect(requirement.source).toMatch(
      /^https:\/\/modelcontextprotocol\.io\/(specification\/(2026-07-28|2025-11-25)|docs|seps)\/[a-z0-9/_-]+#[a-z0-9-]+$/,
    );
    expect(requirement.behavior).toMatch(/^[A-Z`].*[^.]\.$/);
  });
});

describe('a citation', () => {
  const source = (declaration: string) =>
    `describe('x', () => {\n  ${declaration}('y', () => {\n    verifies(\n      'a:b',\n      'c:d',\n    );\n  });\n});\n`;

  test('is found with its place and its test, over however many lines it stands', () => {
    expect(citationsIn('x.test.ts', source('test.runIf(isLinux)'))).toEqual([
      { id: 'a:b', place: 'x.test.ts:3', modifiers: '.runIf' },
      { id: 'c:d', place: 'x.test.ts:3', modifiers: '.runIf' },
    ]);
    const modifiersOf = (declaration: string) =>
      citationsIn('x.test.ts', source(declaration)).map(({ modifiers }) => modifiers);
    expect(modifiersOf('it')).toEqual(['', '']);
    expect(modifiersOf('it.each<string>')).toEqual(['.each', '.each']);
    expect(modifiersOf('describe')).toEqual([undefined, undefined]);
  });
});
