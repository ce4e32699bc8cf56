import { isJsonObject, isRawNumber, type JsonValue, parseLossless } from '../../protocol/json.ts';
import { printable } from '../../utils/printable.ts';
import { type Span, span, wrapText } from '../text/line.ts';
import type { Glyphs } from '../text/theme.ts';

/** A line of a payload that is laid out. */
export interface PayloadRow {
  readonly spans: readonly Span[];
  /** What folds away when this line is folded; absent: nothing does. */
  readonly fold?: string;
}

export interface JsonRowsOptions {
  /** Cells in a line. */
  readonly width: number;
  readonly glyphs: Glyphs;
  /** What is folded, by the names that `fold` gives. */
  readonly folds: ReadonlySet<string>;
  /** Begins the names of folds, so that two payloads do not share them. */
  readonly root: string;
}

const INDENT = 2;

/**
 * JSON as lines that can be folded. Text with line breaks is shown as lines, and text that is JSON itself as what it says.
 * What is no JSON, since it was cut for instance, is shown as it is. Everything is printable.
 */
export const jsonRows = (json: string, options: JsonRowsOptions): PayloadRow[] => {
  const value = parsed(json);
  return value === undefined
    ? textRows(json, 0, options)
    : valueRows(value, { ...options, depth: 0, path: options.root });
};

interface At extends JsonRowsOptions {
  readonly depth: number;
  readonly path: string;
  readonly key?: string;
}

const parsed = (json: string): JsonValue | undefined => {
  try {
    return parseLossless(json);
  } catch {
    return undefined;
  }
};

const valueRows = (value: JsonValue, at: At): PayloadRow[] => {
  if (Array.isArray(value))
    return branchRows(
      value.map((each, index) => [String(index), each]),
      `[${value.length}]`,
      at,
    );
  if (isJsonObject(value)) return branchRows(Object.entries(value), `{${Object.keys(value).length}}`, at);
  return typeof value === 'string' ? stringRows(value, at) : leafRow(scalar(value), at);
};

const branchRows = (members: readonly (readonly [string, JsonValue])[], summary: string, at: At): PayloadRow[] => {
  const inner = (folds: At): PayloadRow[] =>
    members.flatMap(([key, value]) => valueRows(value, { ...folds, key, path: `${at.path}/${key}` }));
  if (at.key === undefined) return inner(at);
  if (members.length === 0) return leafRow(span(summary === '[0]' ? '[]' : '{}', 'dim'), at);
  const isFolded = at.folds.has(at.path);
  const mark = isFolded ? at.glyphs.closed : at.glyphs.open;
  const head: PayloadRow = {
    spans: [span(`${margin(at)}${mark} `, 'dim'), keySpan(at.key), span(` ${summary}`, 'dim')],
    fold: at.path,
  };
  return isFolded ? [head] : [head, ...inner({ ...at, depth: at.depth + 1 })];
};

const stringRows = (text: string, at: At): PayloadRow[] => {
  const nested = /^\s*[[{]/.test(text) ? parsed(text) : undefined;
  if (nested !== undefined && typeof nested === 'object' && nested !== null && at.key !== undefined) {
    const rows = valueRows(nested, at);
    const [head, ...rest] = rows;
    return head?.fold === at.path ? [{ ...head, spans: [...head.spans, span(' JSON in text', 'dim')] }, ...rest] : rows;
  }
  const quoted = `"${printable(text)}"`;
  const room = at.width - at.depth * INDENT - 4 - (at.key?.length ?? 0);
  if (!text.includes('\n') && quoted.length <= room) return leafRow(span(quoted, 'good'), at);
  const head = at.key === undefined ? [] : leafRow(span(`${text.length} characters`, 'dim'), at);
  return [...head, ...textRows(text, at.depth + 1, at)];
};

const textRows = (text: string, depth: number, { width, glyphs }: JsonRowsOptions): PayloadRow[] => {
  const space = ' '.repeat(depth * INDENT);
  const lines = wrapText(printable(text, { keepLineBreaks: true }), Math.max(8, width - space.length - 2));
  return lines.map((each) => ({ spans: [span(`${space}${glyphs.vertical} `, 'dim'), span(each)] }));
};

const leafRow = (value: Span, at: At): PayloadRow[] => [
  { spans: [span(`${margin(at)}  `), ...(at.key === undefined ? [] : [keySpan(at.key), span(' ')]), value] },
];

const margin = ({ depth }: At): string => ' '.repeat(depth * INDENT);

const keySpan = (key: string): Span => span(printable(key), 'name');

const scalar = (value: JsonValue): Span =>
  isRawNumber(value)
    ? span(value.rawJSON, 'accent')
    : span(JSON.stringify(value), typeof value === 'number' ? 'accent' : 'warn');
