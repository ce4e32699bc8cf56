import type { Line, Style } from './line.ts';

export interface ThemeOptions {
  /** Whether colours are used; without them a frame has bold, dim and inverse only. */
  readonly hasColor: boolean;
  /** Whether only ASCII draws the frame; text of others stays as it is. */
  readonly isAscii: boolean;
}

/** How a frame looks: which characters draw it, and how its lines become text for a terminal. */
export interface Theme {
  readonly glyphs: Glyphs;
  readonly paint: (line: Line) => string;
}

/** The characters that draw a frame, each one cell wide. */
export interface Glyphs {
  /** Where a text was cut. */
  readonly cut: string;
  readonly dot: string;
  readonly pointer: string;
  readonly up: string;
  readonly down: string;
  readonly open: string;
  readonly closed: string;
  readonly horizontal: string;
  readonly vertical: string;
  readonly corners: readonly [topLeft: string, topRight: string, bottomLeft: string, bottomRight: string];
  /** From nearly nothing to full. */
  readonly heights: readonly string[];
  /** Parts of a cell from its left, the last is full. */
  readonly lefts: readonly string[];
  readonly track: string;
}

const UNICODE: Glyphs = {
  cut: '…',
  dot: '●',
  pointer: '›',
  up: '↑',
  down: '↓',
  open: '▾',
  closed: '▸',
  horizontal: '─',
  vertical: '│',
  corners: ['┌', '┐', '└', '┘'],
  heights: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  lefts: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  track: ' ',
};

const ASCII: Glyphs = {
  cut: '~',
  dot: '*',
  pointer: '>',
  up: '^',
  down: 'v',
  open: '-',
  closed: '+',
  horizontal: '-',
  vertical: '|',
  corners: ['+', '+', '+', '+'],
  heights: ['.', ':', '-', '=', '+', '*', '%', '#'],
  lefts: ['#'],
  track: ' ',
};

/** Codes of the 16 colours that a terminal lets its user choose, so that they suit light and dark. */
const COLORS: Readonly<Record<Style, string>> = {
  plain: '',
  strong: '1',
  dim: '90',
  faint: '90',
  good: '32',
  bad: '31',
  warn: '33',
  busy: '36',
  accent: '1;36',
  name: '34',
  key: '1',
  bar: '36',
  tab: '7',
};

const NO_COLORS: Readonly<Record<Style, string>> = {
  plain: '',
  strong: '1',
  dim: '2',
  faint: '2',
  good: '',
  bad: '1',
  warn: '1',
  busy: '',
  accent: '1',
  name: '',
  key: '1',
  bar: '',
  tab: '7',
};

export const createTheme = ({ hasColor, isAscii }: ThemeOptions): Theme => {
  const codes = hasColor ? COLORS : NO_COLORS;
  return {
    glyphs: isAscii ? ASCII : UNICODE,
    paint: ({ spans }) =>
      spans.map(({ text, style, isSelected = false }) => painted(text, codeOf(codes[style], isSelected))).join(''),
  };
};

/** The chosen line is one inverse bar: patches of colour in it would be hard to read, and its words say the same. */
const codeOf = (code: string, isSelected: boolean): string => (isSelected ? '7' : code);

const painted = (text: string, code: string): string =>
  code === '' || text === '' ? text : `\u001b[${code}m${text}\u001b[0m`;
