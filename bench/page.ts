import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', 'docs', 'performance.md');

/** What the page has a place for: the results of all contenders, and those of the monitor. */
export type Place = 'results' | 'results of the monitor';

/** Puts results into docs/performance.md, between their markers; what stands around them is written by hand. */
export const writePage = (results: string, place: Place = 'results'): void =>
  writeFileSync(PAGE, withResults(readFileSync(PAGE, 'utf8'), results, place));

/** @throws Error when the page has no place for them. */
export const withResults = (page: string, results: string, place: Place = 'results'): string => {
  const [first, last] = [`<!-- ${place} -->`, `<!-- end of ${place} -->`];
  const begin = page.indexOf(first);
  const end = page.indexOf(last);
  if (begin === -1 || end < begin)
    throw new Error(`docs/performance.md has no place for results: ${first} and ${last}`);
  return `${page.slice(0, begin + first.length)}\n${results.trim()}\n${page.slice(end)}`;
};
