import type { Glyphs } from './theme.ts';

/** One column for each value, the highest full; nothing where the value is 0. */
export const sparkline = (values: readonly number[], glyphs: Glyphs): string => {
  const most = Math.max(...values, 0);
  const top = glyphs.heights.length - 1;
  return values
    .map((value) => (value <= 0 || most === 0 ? ' ' : glyphs.heights[Math.min(top, Math.floor((value / most) * top))]))
    .join('');
};

/** A bar of at most `width` cells, from the left; something is seen of every value above 0. */
export const horizontalBar = (value: number, most: number, width: number, glyphs: Glyphs): string => {
  if (value <= 0 || most <= 0 || width <= 0) return '';
  const steps = glyphs.lefts.length;
  const parts = Math.max(1, Math.round((Math.min(value, most) / most) * width * steps));
  const full = Math.floor(parts / steps);
  const rest = parts % steps;
  return glyphs.lefts[steps - 1]?.repeat(full) + (rest === 0 ? '' : (glyphs.lefts[rest - 1] ?? ''));
};

/**
 * The values in `width` columns: neighbours are added where there are too many; what is not enough stays as it is.
 * @param values the last of them is the latest
 */
export const squeezed = (values: readonly number[], width: number): number[] => {
  if (values.length <= width) return [...values];
  const per = Math.ceil(values.length / Math.max(1, width));
  const columns: number[] = [];
  for (let end = values.length; end > 0; end -= per)
    columns.unshift(values.slice(Math.max(0, end - per), end).reduce((sum, value) => sum + value, 0));
  return columns;
};

/** Columns of several lines, the highest value as high as all of them; the first line is the top. */
export const columnChart = (values: readonly number[], rows: number, glyphs: Glyphs): string[] => {
  const most = Math.max(...values, 1);
  const steps = glyphs.heights.length;
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * steps;
    return values
      .map((value) => {
        const height = value <= 0 ? 0 : Math.max(1, Math.round((value / most) * rows * steps));
        const part = Math.min(steps, height - below);
        return part <= 0 ? ' ' : (glyphs.heights[part - 1] ?? ' ');
      })
      .join('');
  });
};
