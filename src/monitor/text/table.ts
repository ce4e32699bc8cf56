import { type Line, padded, type Span, type Style, span } from './line.ts';
import type { Glyphs } from './theme.ts';

/** A column of a table. Widths do not depend on the rows, so that nothing moves when they change. */
export interface Column<Row> {
  readonly title: string;
  /** Cells; `grow` takes what the others leave, shared with others that grow. */
  readonly width: number | 'grow';
  readonly align?: 'left' | 'right';
  /** Printable text. */
  readonly cell: (row: Row) => Span | string;
}

export interface Table<Row> {
  heading(): Line;
  row(row: Row, isSelected: boolean): Line;
}

const GAP = 2;
const LEAST_GROWN = 8;

/** A table in so many cells. The first cell of a line points at the chosen row, so that it is seen without colours. */
export const createTable = <Row>(columns: readonly Column<Row>[], width: number, glyphs: Glyphs): Table<Row> => {
  const growing = columns.filter((column) => column.width === 'grow').length;
  const taken = columns.reduce((sum, column) => sum + (column.width === 'grow' ? 0 : column.width), 0);
  const left = width - 2 - taken - GAP * (columns.length - 1);
  const grown = Math.max(LEAST_GROWN, Math.floor(left / Math.max(1, growing)));
  const widths = columns.map((column) => (column.width === 'grow' ? grown : column.width));

  const lay = (cells: readonly Span[], isSelected: boolean, first: Span): Line => {
    const spans = [
      first,
      ...cells.flatMap((cell, index) => {
        const text = padded(cell.text, widths[index] ?? 0, glyphs.cut, columns[index]?.align);
        const gap = index === 0 ? '' : ' '.repeat(GAP);
        return gap === '' ? [span(text, cell.style)] : [span(gap), span(text, cell.style)];
      }),
      span(' '),
    ];
    return { spans: isSelected ? spans.map((each) => ({ ...each, isSelected })) : spans };
  };
  const dim: Style = 'dim';
  return {
    heading: () =>
      lay(
        columns.map(({ title }) => span(title, dim)),
        false,
        span(' '),
      ),
    row: (row, isSelected) =>
      lay(
        columns.map(({ cell }) => {
          const made = cell(row);
          return typeof made === 'string' ? span(made) : made;
        }),
        isSelected,
        span(isSelected ? glyphs.pointer : ' '),
      ),
  };
};
