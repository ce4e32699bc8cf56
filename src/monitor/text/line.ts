import stringWidth from 'string-width';

/** What a piece of text means; the theme says how it looks. */
export type Style =
  | 'plain'
  | 'strong'
  | 'dim'
  | 'faint'
  | 'good'
  | 'bad'
  | 'warn'
  | 'busy'
  | 'accent'
  | 'name'
  | 'key'
  | 'bar'
  | 'tab';

/** A piece of text of one look. It is printable already, see `utils/printable.ts`. */
export interface Span {
  readonly text: string;
  readonly style: Style;
  /** Whether it is of the chosen row of a list. Default: false. */
  readonly isSelected?: boolean;
}

/** One line of a frame. */
export interface Line {
  readonly spans: readonly Span[];
}

export const span = (text: string, style: Style = 'plain'): Span => ({ text, style });

export const line = (...parts: readonly (Span | string)[]): Line => ({
  spans: parts.map((part) => (typeof part === 'string' ? span(part) : part)),
});

export const BLANK: Line = { spans: [] };

/** Cells of a terminal that a text takes: two for a wide character, none for a combining one. */
export const widthOf = (text: string): number => (isSimple(text) ? text.length : stringWidth(text));

export const widthOfLine = ({ spans }: Line): number => spans.reduce((sum, { text }) => sum + widthOf(text), 0);

/** The text in exactly so many cells: cut with the mark where it is longer, filled with spaces where it is shorter. */
export const padded = (text: string, width: number, mark: string, align: 'left' | 'right' = 'left'): string => {
  const short = clip(text, width, mark);
  const space = ' '.repeat(Math.max(0, width - widthOf(short)));
  return align === 'left' ? short + space : space + short;
};

/** The text in at most so many cells, with the mark at its end where it was cut. */
export const clip = (text: string, width: number, mark: string): string => {
  if (width <= 0) return '';
  if (widthOf(text) <= width) return text;
  return takeCells(text, width - widthOf(mark)) + clipHard(mark, width);
};

/** The line in exactly so many cells. */
export const fitLine = (source: Line, width: number, mark: string): Line => {
  const total = widthOfLine(source);
  if (total === width) return source;
  if (total < width) return { spans: [...source.spans, span(' '.repeat(width - total))] };
  const spans: Span[] = [];
  let room = width - widthOf(mark);
  for (const each of source.spans) {
    const { text } = each;
    const taken = takeCells(text, room);
    spans.push({ ...each, text: taken });
    room -= widthOf(taken);
    if (taken !== text) break;
  }
  return { spans: [...spans, span(mark + ' '.repeat(Math.max(0, room)))] };
};

/** The line as the chosen one of a list, in exactly so many cells. */
export const selectedLine = (source: Line, width: number, mark: string): Line => ({
  spans: fitLine(source, width, mark).spans.map((each) => ({ ...each, isSelected: true })),
});

/** A text as lines of at most so many cells. Breaks at line feeds and, where it can, at spaces. */
export const wrapText = (text: string, width: number): string[] =>
  text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, Math.max(1, width)));

const wrapParagraph = (paragraph: string, width: number): string[] => {
  const lines: string[] = [];
  let rest = paragraph;
  while (widthOf(rest) > width) {
    const piece = takeCells(rest, width) || firstGrapheme(rest);
    const space = piece.lastIndexOf(' ');
    const end = space > width / 2 ? space + 1 : piece.length;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...lines, rest];
};

const clipHard = (mark: string, width: number): string => (widthOf(mark) <= width ? mark : '');

const isSimple = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const firstGrapheme = (text: string): string => graphemes.segment(text)[Symbol.iterator]().next().value?.segment ?? '';

const takeCells = (text: string, width: number): string => {
  if (width <= 0) return '';
  if (isSimple(text)) return text.slice(0, width);
  let taken = '';
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) {
    cells += widthOf(segment);
    if (cells > width) break;
    taken += segment;
  }
  return taken;
};
