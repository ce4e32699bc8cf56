import { isMap, isScalar, isSeq, type Node, parseDocument, stringify, type YAMLSeq } from 'yaml';

/*
 * A list of servers in YAML, edited by the positions of its items: all else stays to the byte. Undefined is given where the
 * list is written in a way that cannot be edited so, in braces for instance.
 */

/** The text with `item` at the end of the list under `key`, a key of the root; the list is begun where it is missing. */
export const appendYamlItem = (text: string, key: string, item: object): string | undefined => {
  const document = parseDocument(text);
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const root = document.contents as Node | null;
  if (root !== null && (!isMap(root) || root.flow === true)) return undefined;
  const pair = root?.items.find((candidate) => isScalar(candidate.key) && candidate.key.value === key);
  if (pair === undefined) return atEnd(text, `${key}:${eol}${block(item, '  ', eol)}`, eol);
  const list = pair.value;
  if (isSeq(list) && list.flow !== true && list.items.length > 0) return afterLast(text, list, item, eol);
  const isEmpty = list === null || (isScalar(list) && list.value === null) || (isSeq(list) && list.items.length === 0);
  const keyEnd = (pair.key as Node).range?.[1];
  if (!isEmpty || keyEnd === undefined) return undefined;
  const colon = text.indexOf(':', keyEnd);
  const listEnd = isSeq(list) ? (list.range?.[1] ?? colon + 1) : colon + 1;
  const head = text.slice(0, colon + 1) + text.slice(listEnd, lineEnd(text, listEnd)).trimEnd();
  return `${head}${eol}${block(item, '  ', eol)}${text.slice(lineEnd(text, listEnd))}`;
};

/** The text without the item of that index in the list under `key`, which keeps at least one other. */
export const removeYamlItem = (text: string, key: string, index: number): string | undefined => {
  const list = parseDocument(text).get(key, true);
  if (!isSeq(list) || list.flow === true || list.items.length < 2) return undefined;
  const start = dashLine(text, list, index);
  const next = list.items[index + 1] === undefined ? undefined : dashLine(text, list, index + 1);
  const end = (list.items[index] as Node | undefined)?.range?.[1];
  if (start === undefined || end === undefined) return undefined;
  return text.slice(0, start) + text.slice(next ?? lineEnd(text, Math.max(start, end - 1)));
};

const afterLast = (text: string, list: YAMLSeq, item: object, eol: string): string | undefined => {
  const start = dashLine(text, list, list.items.length - 1);
  const end = (list.items.at(-1) as Node | undefined)?.range?.[1];
  if (start === undefined || end === undefined) return undefined;
  const indent = /^ */.exec(text.slice(start))?.[0] ?? '';
  const at = lineEnd(text, Math.max(start, end - 1));
  const before = text.slice(0, at);
  return `${before}${before.endsWith('\n') ? '' : eol}${block(item, indent, eol)}${text.slice(at)}`;
};

/** Where the line of an item begins; undefined where something else stands before its dash. */
const dashLine = (text: string, list: YAMLSeq, index: number): number | undefined => {
  const offset = (list.items[index] as Node | undefined)?.range?.[0];
  if (offset === undefined) return undefined;
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^ *- +$/.test(text.slice(start, offset)) ? start : undefined;
};

const block = (item: object, indent: string, eol: string): string =>
  stringify([item], { lineWidth: 0 })
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}${eol}`)
    .join('');

const atEnd = (text: string, added: string, eol: string): string =>
  `${text}${text === '' || text.endsWith('\n') ? '' : eol}${added}`;

const lineEnd = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
};
