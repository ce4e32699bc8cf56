import { createScanner, type Node, parseTree, type SyntaxKind } from 'jsonc-parser';

/*
 * jsonc-parser's own `modify` reformats the neighbours of what it touches, moves comments at the end of a line to the next
 * member, and drops the comments around a removed one. The edits here change nothing but the member itself.
 */

type Path = readonly (string | number)[];

interface Item {
  /** A member of an object or an element of an array. */
  readonly node: Node;
  readonly index: number;
  readonly siblings: readonly Node[];
  readonly parent: Node;
}

/** The node of a value in a text without syntax errors. */
export const findNode = (text: string, path: Path): Node | undefined => {
  let node = parseTree(text, [], { allowTrailingComma: true });
  for (const segment of path) node = node && childOf(node, segment)?.value;
  return node;
};

/**
 * The text with `value` at `path`; what is missing on the way is created, at the end of what exists. Throws a TypeError
 * where something on the way is neither missing, null nor an object, or an index is beyond the end of a list.
 */
export const setAt = (text: string, path: Path, value: unknown): string => {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (!root) return beginBelow(text.trim(), render(nest(path, value), styleOf(text), 0), styleOf(text));
  let node = root;
  for (const [depth, segment] of path.entries()) {
    const child = childOf(node, segment);
    const rest = path.slice(depth + 1);
    if (!child) return append(text, node, segment, nest(rest, value));
    if (rest.length === 0 || child.value.type === 'null') return replace(text, child.value, nest(rest, value));
    node = child.value;
  }
  return replace(text, root, value);
};

/** The text without what is at `path`, and without the comment behind it on the same line; unchanged where there is nothing. */
export const removeAt = (text: string, path: Path): string => {
  const parent = findNode(text, path.slice(0, -1));
  const segment = path.at(-1);
  const child = parent && segment !== undefined ? childOf(parent, segment) : undefined;
  return parent && child
    ? cut(text, { node: child.item, index: child.index, siblings: parent.children ?? [], parent })
    : text;
};

/** A file that has nothing but comments keeps them above. */
const beginBelow = (comments: string, body: string, { eol }: Style): string =>
  `${comments === '' ? '' : `${comments}${eol || '\n'}`}${body}${eol || '\n'}`;

const childOf = (parent: Node, segment: string | number): { item: Node; value: Node; index: number } | undefined => {
  const children = parent.children ?? [];
  const index = typeof segment === 'number' ? segment : children.findLastIndex((item) => nameOf(item) === segment);
  const item = children[index];
  const value = parent.type === 'object' ? item?.children?.[1] : item;
  return item && value ? { item, value, index } : undefined;
};

const nameOf = ({ type, children }: Node): unknown => (type === 'property' ? children?.[0]?.value : undefined);

const nest = (path: Path, value: unknown): unknown =>
  path.reduceRight<unknown>((inner, segment) => ({ [String(segment)]: inner }), value);

const replace = (text: string, node: Node, value: unknown): string =>
  splice(text, node.offset, endOf(node), render(value, styleOf(text), indentLevelAt(text, node.offset)));

const append = (text: string, parent: Node, segment: string | number, value: unknown): string => {
  if (parent.type !== 'object' && (parent.type !== 'array' || segment !== parent.children?.length)) {
    throw new TypeError(`cannot hold "${segment}"`);
  }
  const last = parent.children?.at(-1);
  const style = styleOf(text);
  const isInline = last ? !startsLine(text, last.offset) : style.eol === '';
  const level = last && !isInline ? indentLevelAt(text, last.offset) : indentLevelAt(text, parent.offset) + 1;
  const body = render(value, isInline ? { ...style, eol: '' } : style, level);
  const member = parent.type === 'array' ? body : `${JSON.stringify(segment)}:${style.eol === '' ? '' : ' '}${body}`;
  if (!last) return fill(text, parent, member, style, level);
  if (isInline) return splice(text, endOf(last), endOf(last), `,${style.eol === '' ? '' : ' '}${member}`);
  const comma = commaAfter(text, endOf(last));
  const line = endOfLineTrivia(text, comma === undefined ? endOf(last) : comma + 1);
  const added = splice(
    text,
    line,
    line,
    `${style.eol}${style.unit.repeat(level)}${member}${comma === undefined ? '' : ','}`,
  );
  return comma === undefined ? splice(added, endOf(last), endOf(last), ',') : added;
};

/** The first member of an object, or element of an array, that holds at most comments. */
const fill = (text: string, parent: Node, member: string, style: Style, level: number): string => {
  const close = endOf(parent) - 1;
  const inner = text.slice(parent.offset + 1, close).trimEnd();
  if (style.eol === '') return splice(text, close, close, member);
  const indented = `${style.eol}${style.unit.repeat(level)}${member}${style.eol}${style.unit.repeat(level - 1)}`;
  return splice(text, parent.offset + 1, close, inner + indented);
};

const cut = (text: string, { node, index, siblings, parent }: Item): string => {
  const around = text.slice(parent.offset + 1, node.offset) + text.slice(endOf(node), endOf(parent) - 1);
  if (/^\s*,?\s*$/.test(around)) return splice(text, parent.offset + 1, endOf(parent) - 1, '');
  const comma = commaAfter(text, endOf(node));
  const after = comma === undefined ? endOf(node) : comma + 1;
  const previous = siblings[index - 1];
  const ownsLine = startsLine(text, node.offset) && endsLine(text, after);
  const start = ownsLine ? lineStartOf(text, node.offset) : node.offset;
  const end = ownsLine ? nextLineOf(text, after) : after + (/^[ \t]*/.exec(text.slice(after))?.[0].length ?? 0);
  const without = splice(text, start, end, '');
  if (comma !== undefined || !previous) return without;
  const orphan = commaAfter(without, endOf(previous));
  return orphan === undefined ? without : splice(without, orphan, ownsLine ? orphan + 1 : start, '');
};

interface Style {
  readonly unit: string;
  /** `''` for a file that is all on one line. */
  readonly eol: string;
}

/** How a file is written: its line ends, and the indentation of its first indented line. */
const styleOf = (text: string): Style => ({
  unit: /^([ \t]+)"/m.exec(text)?.[1] ?? '  ',
  eol: /\r\n|\n/.exec(text)?.[0] ?? (text.trim() === '' ? '\n' : ''),
});

/** JSON with one member per line; lists of plain values stay on one line while they are short. */
const render = (value: unknown, style: Style, level: number): string => {
  if (style.eol === '' || typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const isList = Array.isArray(value);
  if (isList && value.every((item) => typeof item !== 'object' || item === null)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    if (line.length <= 100) return line;
  }
  const members = isList
    ? value.map((item) => render(item, style, level + 1))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => `${JSON.stringify(key)}: ${render(member, style, level + 1)}`);
  const [open, close] = isList ? '[]' : '{}';
  if (members.length === 0) return `${open}${close}`;
  const separator = `${style.eol}${style.unit.repeat(level + 1)}`;
  return `${open}${separator}${members.join(`,${separator}`)}${style.eol}${style.unit.repeat(level)}${close}`;
};

const endOf = (node: Node): number => node.offset + node.length;
const splice = (text: string, start: number, end: number, insert: string): string =>
  text.slice(0, start) + insert + text.slice(end);

const lineStartOf = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;
const startsLine = (text: string, offset: number): boolean =>
  text.slice(lineStartOf(text, offset), offset).trim() === '';

const indentLevelAt = (text: string, offset: number): number => {
  const indent = /^[ \t]*/.exec(text.slice(lineStartOf(text, offset)))?.[0] ?? '';
  return Math.round(indent.length / styleOf(text).unit.length);
};

/** Where a comma stands that follows with nothing but white space and comments between. */
const commaAfter = (text: string, offset: number): number | undefined => {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  return scanner.scan() === COMMA ? scanner.getTokenOffset() : undefined;
};

/** The end of the white space and comments that follow on this line; `offset` itself where something else follows. */
const endOfLineTrivia = (text: string, offset: number): number => {
  const scanner = createScanner(text, false);
  scanner.setPosition(offset);
  let end = offset;
  for (;;) {
    const kind = scanner.scan();
    if (kind === LINE_BREAK || kind === END) return end;
    if (kind !== LINE_COMMENT && kind !== BLOCK_COMMENT && kind !== TRIVIA) return offset;
    if (scanner.getTokenValue().includes('\n')) return end;
    if (kind !== TRIVIA) end = scanner.getTokenOffset() + scanner.getTokenLength();
  }
};

const endsLine = (text: string, offset: number): boolean =>
  /^[ \t]*(?:\r?\n|$)/.test(text.slice(endOfLineTrivia(text, offset)));
const nextLineOf = (text: string, offset: number): number => {
  const end = text.indexOf('\n', endOfLineTrivia(text, offset));
  return end === -1 ? text.length : end + 1;
};

// jsonc-parser declares these as a `const enum`, which has no value at run time under isolated modules.
const COMMA = 5 satisfies SyntaxKind.CommaToken;
const LINE_COMMENT = 12 satisfies SyntaxKind.LineCommentTrivia;
const BLOCK_COMMENT = 13 satisfies SyntaxKind.BlockCommentTrivia;
const LINE_BREAK = 14 satisfies SyntaxKind.LineBreakTrivia;
const TRIVIA = 15 satisfies SyntaxKind.Trivia;
const END = 17 satisfies SyntaxKind.EOF;
