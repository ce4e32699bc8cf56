import { columns } from './format.ts';
import type { Paint } from './style.ts';
import { visibleLength } from './style.ts';

/** A column of a table; its cells are printable, and may be painted. */
export interface TableColumn<Row> {
  readonly heading: string;
  /** Numbers stand to the right. Default: false. */
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => string;
}

/** Rows below quiet headings, as all tables of the program have them. */
export const textTable = <Row>(
  rows: readonly Row[],
  shown: ReadonlyArray<TableColumn<Row>>,
  paint: Paint,
  indent = '',
): string => {
  const cells = shown.map(({ heading, isNumber, cell }) => {
    const texts = [paint('quiet', heading), ...rows.map(cell)];
    const chars = Math.max(...texts.map(visibleLength));
    return isNumber === true ? texts.map((text) => ' '.repeat(chars - visibleLength(text)) + text) : texts;
  });
  return columns(
    [undefined, ...rows].map((_, index) => cells.map((column) => column[index] ?? '')),
    indent,
  );
};
