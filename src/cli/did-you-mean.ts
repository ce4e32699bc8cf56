/**
 * The candidate that was most likely meant, or undefined when none is close: at most two typing mistakes, and fewer than
 * half of the letters. Upper and lower case count as equal.
 */
export const closest = (typed: string, candidates: Iterable<string>): string | undefined => {
  let best: string | undefined;
  let bestDistance = Math.min(2, Math.floor(Math.max(typed.length - 1, 1) / 2)) + 1;
  for (const candidate of candidates) {
    const distance = typingDistance(typed.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
};

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other; `limit` when it is more. */
const typingDistance = (from: string, to: string, limit: number): number => {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) row.push(cellOf(from, to, i, j, row, last, beforeLast));
    [beforeLast, last] = [last, row];
  }
  return Math.min(limit, last[to.length] ?? limit);
};

const cellOf = (
  from: string,
  to: string,
  i: number,
  j: number,
  row: readonly number[],
  last: readonly number[],
  beforeLast: readonly number[],
): number => {
  const replaced = at(last, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
  const cost = Math.min(at(row, j - 1) + 1, at(last, j) + 1, replaced);
  const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
  return isSwap ? Math.min(cost, at(beforeLast, j - 2) + 1) : cost;
};

const at = (row: readonly number[], index: number): number => row[index] ?? Number.MAX_SAFE_INTEGER;
