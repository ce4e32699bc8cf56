/** The candidate that was most likely meant: at most two slips of the finger, case aside; undefined when none is near. */
export const closest = (typed: string, candidates: Iterable<string>): string | undefined => {
  // Longer texts are no typing mistakes of a key or a name, and the work grows with the product of the lengths.
  if (typed.length > 64) return undefined;
  let best: string | undefined;
  let bestSlips = Math.min(2, Math.floor(typed.length / 2)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - typed.length) >= bestSlips) continue;
    const slips = slipsBetween(typed.toLowerCase(), candidate.toLowerCase());
    if (slips < bestSlips) [best, bestSlips] = [candidate, slips];
  }
  return best;
};

/** Letters to insert, remove or replace, a swap of two neighbours counting once. */
const slipsBetween = (from: string, to: string): number => {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const at = (up: number, left: number): number => rows[i - up]?.[j - left] ?? Number.POSITIVE_INFINITY;
      const isSame = from[i - 1] === to[j - 1];
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row[j] = Math.min(
        at(1, 0) + 1,
        (row[j - 1] ?? 0) + 1,
        at(1, 1) + (isSame ? 0 : 1),
        isSwap ? at(2, 2) + 1 : Infinity,
      );
    }
    rows.push(row);
  }
  return rows[from.length]?.[to.length] ?? Number.POSITIVE_INFINITY;
};
