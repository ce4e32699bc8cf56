import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { ConfigProblem } from './hub-config.ts';
import { formatPath } from './key-path.ts';
import type { KeyPath, ParsedText } from './parse-text.ts';
import { createLocator, setMember } from './text-parts.ts';

/** JSON with comments and trailing commas. Throws a RangeError where the nesting is deeper than the stack. */
export const parseJsonc = (file: string, text: string): ParsedText => {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const locate = createLocator(file, text);
  // Only the first: what follows is mostly its echo.
  const problems: ConfigProblem[] = errors.slice(0, 1).map(({ error, offset }) => ({
    severity: 'error',
    message: SYNTAX_ERRORS[error] ?? 'this is not JSON',
    path: '',
    place: locate(offset),
  }));
  const value = root && toValue(root, [], (path, node) => problems.push(duplicateKey(path, locate(node.offset))));
  return { file, value, problems, placeOf: (path) => locate(offsetOf(root, path)) };
};

/** A key that an object has twice. */
export const duplicateKey = (path: KeyPath, place: ConfigProblem['place']): ConfigProblem => ({
  severity: 'warning',
  message: `${formatPath(path)} is given twice; the last one counts: remove one`,
  path: formatPath(path),
  ...(place && { place }),
});

const toValue = (node: Node, path: KeyPath, onDuplicate: (path: KeyPath, key: Node) => void): unknown => {
  if (node.type === 'array') return (node.children ?? []).map((item, i) => toValue(item, [...path, i], onDuplicate));
  if (node.type !== 'object') return node.value;
  const result: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (!key || !value) continue;
    const name = key.value as string;
    const here = [...path, name];
    if (seen.has(name)) onDuplicate(here, key);
    seen.add(name);
    setMember(result, name, toValue(value, here, onDuplicate));
  }
  return result;
};

const offsetOf = (root: Node | undefined, path: KeyPath): number => {
  if (!root) return 0;
  for (let length = path.length; length > 0; length--) {
    const node = lastNodeAt(root, path.slice(0, length));
    if (node) return node.parent?.type === 'property' ? node.parent.offset : node.offset;
  }
  return root.offset;
};

/** The node at a path; of members with one name the last, which is the one that counts. */
const lastNodeAt = (root: Node, path: KeyPath): Node | undefined => {
  let node: Node | undefined = root;
  for (const segment of path) {
    if (!node) return undefined;
    node =
      typeof segment === 'number'
        ? findNodeAtLocation(node, [segment])
        : node.children?.findLast((property) => property.children?.[0]?.value === segment)?.children?.[1];
  }
  return node;
};

/** By the numbers of jsonc-parser's ParseErrorCode. */
const SYNTAX_ERRORS: Readonly<Record<number, string>> = {
  1: 'this is not JSON: texts and names need double quotes',
  2: 'this is not a number that JSON knows',
  3: 'a name in double quotes is expected here',
  4: 'a value is expected here',
  5: 'a colon is expected here',
  6: 'a comma is missing before this',
  7: 'a closing } is missing',
  8: 'a closing ] is missing',
  9: 'something follows after the end of the configuration; remove it',
  10: 'comments are not allowed here',
  11: 'this comment is never closed with */',
  12: 'this text is never closed with a double quote',
  13: 'this number is incomplete',
  14: 'this \\u escape needs four hexadecimal digits',
  15: 'this escape is unknown; write \\\\ for a backslash',
  16: 'this character cannot stand here; write it as an escape',
};
