import type { Cell } from './frame-cells.ts';

const CELL = { width: 8.4, height: 18, font: 14, baseline: 13.5 } as const;
const MARGIN = 12;
const BACKGROUND = '#16181d';
const FOREGROUND = '#d7dae0';

/** The 16 colours of a dark terminal. */
const PALETTE = [
  '#3b4048',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#c8ccd4',
  '#7f8794',
  '#e88388',
  '#b1d196',
  '#efd8a1',
  '#8cc4f5',
  '#d7a1e7',
  '#7fd0d9',
  '#ffffff',
] as const;

/** What blocks fill of their cell: from the left, or from the bottom, in eighths. */
const LEFTS = '▏▎▍▌▋▊▉█';
const HEIGHTS = '▁▂▃▄▅▆▇█';

/** Which ways lines go from the middle of a cell: left, right, up, down. */
const LINES: Readonly<Record<string, string>> = { '─': 'lr', '│': 'ud', '┌': 'rd', '┐': 'ld', '└': 'ru', '┘': 'lu' };

/** A frame as an SVG. Blocks and lines are drawn as shapes, so that they meet whatever font the reader has. */
export const toSvg = (rows: readonly (readonly Cell[])[], title: string): string => {
  const columns = Math.max(...rows.map((row) => row.reduce((sum, { width }) => sum + width, 0)));
  const width = round(columns * CELL.width + 2 * MARGIN);
  const height = round(rows.length * CELL.height + 2 * MARGIN);
  const drawn = rows.map((row, index) => drawRow(row, MARGIN + index * CELL.height)).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace" font-size="${CELL.font}" xml:space="preserve">`,
    drawn,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
};

interface Run {
  readonly x: number;
  readonly cells: readonly Cell[];
}

/** Neighbours of one look are one piece of text. */
const drawRow = (row: readonly Cell[], y: number): string => {
  const runs: { x: number; look: string; cells: Cell[] }[] = [];
  let x = MARGIN;
  for (const cell of row) {
    const look = JSON.stringify([colorsOf(cell), cell.isBold, isShape(cell.text)]);
    const last = runs.at(-1);
    if (last?.look === look) last.cells.push(cell);
    else runs.push({ x, look, cells: [cell] });
    x += cell.width * CELL.width;
  }
  return runs.map((run) => drawRun(run, y)).join('');
};

const drawRun = ({ x, cells }: Run, y: number): string => {
  const [first] = cells;
  if (first === undefined) return '';
  const { ink, paper } = colorsOf(first);
  const width = cells.reduce((sum, cell) => sum + cell.width, 0) * CELL.width;
  const behind = paper === BACKGROUND ? '' : rect(x, y, width, CELL.height, paper);
  if (isShape(first.text)) return behind + drawShapes(cells, x, y, ink);
  const text = cells.map((cell) => cell.text).join('');
  if (text.trim() === '') return behind;
  const lead = text.length - text.trimStart().length;
  const trimmed = text.trim();
  const shownWidth =
    cells.slice(lead).reduce((sum, cell) => sum + cell.width, 0) * CELL.width -
    (text.trimStart().length - trimmed.length) * CELL.width;
  const weight = first.isBold ? ' font-weight="bold"' : '';
  return `${behind}<text x="${round(x + lead * CELL.width)}" y="${round(y + CELL.baseline)}" fill="${ink}"${weight} textLength="${round(shownWidth)}" lengthAdjust="spacingAndGlyphs">${escaped(trimmed)}</text>\n`;
};

const isShape = (text: string): boolean => LEFTS.includes(text) || HEIGHTS.includes(text) || LINES[text] !== undefined;

/** Full blocks that touch are one shape, so that no seam is seen between them. */
const drawShapes = (cells: readonly Cell[], x: number, y: number, ink: string): string => {
  const texts = cells.map(({ text }) => text).join('');
  return [...texts.matchAll(/█+|─+|./gu)]
    .map(({ 0: piece, index }) => {
      const at = x + index * CELL.width;
      if (piece.startsWith('█')) return rect(at, y, piece.length * CELL.width, CELL.height, ink);
      if (piece.length > 1) return drawRule(at, y, piece.length * CELL.width, ink);
      return drawShape(piece, at, y, ink);
    })
    .join('');
};

const drawRule = (x: number, y: number, width: number, ink: string): string =>
  `<path d="M${round(x)} ${round(y + CELL.height / 2)}h${round(width)}" stroke="${ink}" stroke-width="1.2"/>\n`;

const drawShape = (text: string, x: number, y: number, ink: string): string => {
  const ways = LINES[text];
  if (ways !== undefined) return drawLines(ways, x, y, ink);
  const left = LEFTS.indexOf(text) + 1;
  if (left > 0) return rect(x, y, (CELL.width * left) / LEFTS.length, CELL.height, ink);
  const height = (CELL.height * (HEIGHTS.indexOf(text) + 1)) / HEIGHTS.length;
  return rect(x, y + CELL.height - height, CELL.width, height, ink);
};

const drawLines = (ways: string, x: number, y: number, ink: string): string => {
  const [middle, center] = [x + CELL.width / 2, y + CELL.height / 2];
  const ends: Readonly<Record<string, readonly [number, number]>> = {
    l: [x, center],
    r: [x + CELL.width, center],
    u: [middle, y],
    d: [middle, y + CELL.height],
  };
  const path = Array.from(
    ways,
    (way) => `M${round(middle)} ${round(center)}L${(ends[way] ?? [0, 0]).map(round).join(' ')}`,
  );
  return `<path d="${path.join('')}" stroke="${ink}" stroke-width="1.2" stroke-linecap="square"/>\n`;
};

const colorsOf = ({ foreground, isInverse, isDim }: Cell): { ink: string; paper: string } => {
  const own =
    foreground === undefined ? (isDim ? (PALETTE[8] as string) : FOREGROUND) : (PALETTE[foreground] ?? FOREGROUND);
  return isInverse ? { ink: BACKGROUND, paper: own } : { ink: own, paper: BACKGROUND };
};

/** Without smoothed edges, so that shapes that touch show no seam between them. */
const rect = (x: number, y: number, width: number, height: number, fill: string): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}" shape-rendering="crispEdges"/>\n`;

const round = (value: number): number => Math.round(value * 100) / 100;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
