import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', 'docs', 'performance.md');

const BEGIN = '<!-- results -->';
const END = '<!-- end of results -->';

/** Puts the results into docs/performance.md, between their markers; what stands around them is written by hand. */
export const writePage = (results: string): void =>
  writeFileSync(PAGE, withResults(readFileSync(PAGE, 'utf8'), results));

/** @throws Error when the page has no place for them. */
export const withResults = (page: string, results: string): string => {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`docs/performance.md has no place for results: ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${results.trim()}\n${page.slice(end)}`;
};
