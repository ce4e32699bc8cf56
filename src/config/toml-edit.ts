import { type AST, parseTOML } from 'toml-eslint-parser';
import { isRecord } from './client-shapes.ts';
import type { KeyPath } from './parse-text.ts';
import { tomlItems } from './toml-items.ts';

/*
 * Edits of TOML by the positions that the parser gives: what is not touched stays to the byte. Both functions want a text
 * without syntax errors.
 */

/**
 * The text with a table at `path`: a new one at the end of the file, or inside of an inline table where what is above it is
 * one. What was at `path` is taken out first.
 */
export const setTomlTable = (
  text: string,
  path: readonly string[],
  table: Readonly<Record<string, unknown>>,
): string => {
  const without = removeToml(text, path);
  const above = path.slice(0, -1);
  const inline = tomlItems(parseTOML(without)).find(
    ({ path: own, node }) =>
      isSame(own, above) && node.type === 'TOMLKeyValue' && node.value.type === 'TOMLInlineTable',
  );
  const holder = inline?.node.type === 'TOMLKeyValue' ? inline.node.value : undefined;
  if (holder?.type === 'TOMLInlineTable') return insertInline(without, holder, path.at(-1) ?? '', table);
  const eol = /\r?\n/.exec(without)?.[0] ?? '\n';
  const lines = [
    `[${path.map(tomlKey).join('.')}]`,
    ...Object.entries(table)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value)}`),
  ];
  const gap = without === '' ? '' : without.endsWith('\n') ? eol : eol + eol;
  return `${without}${gap}${lines.join(eol)}${eol}`;
};

/** The text without all that is at `path` or below it; unchanged where there is nothing. */
export const removeToml = (text: string, path: readonly string[]): string => {
  let rest = text;
  for (;;) {
    const item = tomlItems(parseTOML(rest)).find(({ path: own }) => path.every((key, index) => own[index] === key));
    if (!item) return rest;
    rest = item.node.type === 'TOMLTable' ? cutTable(rest, item.node) : cutPair(rest, item.node);
  }
};

const isSame = (one: KeyPath, other: KeyPath): boolean =>
  one.length === other.length && one.every((key, index) => key === other[index]);

const insertInline = (text: string, holder: AST.TOMLInlineTable, key: string, table: object): string => {
  const pair = `${tomlKey(key)} = ${tomlValue(table)}`;
  const last = holder.body.at(-1);
  if (last) return splice(text, last.range[1], last.range[1], `, ${pair}`);
  return splice(text, holder.range[0], holder.range[1], `{ ${pair} }`);
};

/** A table goes with its last line, and with one blank line where it leaves two behind. */
const cutTable = (text: string, table: AST.TOMLTable): string => {
  const last = table.body.at(-1)?.range[1] ?? table.key.range[1];
  const start = lineStart(text, table.range[0]);
  const end = lineEnd(text, last);
  const isBlankAbove = /(?:^|\n)\r?\n$/.test(text.slice(0, start));
  const isBlankBelow = /^(?:\r?\n|$)/.test(text.slice(end));
  if (isBlankBelow && start === 0) return text.slice(lineEnd(text, end));
  return splice(text, isBlankAbove && isBlankBelow ? lineStart(text, start - 1) : start, end, '');
};

const cutPair = (text: string, pair: AST.TOMLKeyValue): string => {
  if (pair.parent.type !== 'TOMLInlineTable')
    return splice(text, lineStart(text, pair.range[0]), lineEnd(text, pair.range[1]), '');
  const siblings = pair.parent.body;
  const index = siblings.indexOf(pair);
  const next = siblings[index + 1];
  const previous = siblings[index - 1];
  if (next) return splice(text, pair.range[0], next.range[0], '');
  if (previous) return splice(text, previous.range[1], pair.range[1], '');
  return splice(text, pair.parent.range[0], pair.parent.range[1], '{}');
};

const splice = (text: string, start: number, end: number, insert: string): string =>
  text.slice(0, start) + insert + text.slice(end);
const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;
const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
};

const tomlKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : tomlText(key));

/** JSON's escapes are TOML's too; TOML wants one character more to be escaped. */
const tomlText = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007F');

const tomlValue = (value: unknown): string => {
  if (typeof value === 'string') return tomlText(value);
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(', ')}]`;
  if (!isRecord(value)) return String(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.length === 0
    ? '{}'
    : `{ ${members.map(([key, member]) => `${tomlKey(key)} = ${tomlValue(member)}`).join(', ')} }`;
};
