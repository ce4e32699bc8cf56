import { isMap, isPair, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { ConfigProblem } from './hub-config.ts';
import { formatPath } from './key-path.ts';
import type { KeyPath, ParsedText } from './parse-text.ts';
import { createLocator, setMember } from './text-parts.ts';

/** How often aliases may repeat parts of the file before it counts as an attempt to exhaust memory. */
const MAX_ALIASES = 100;

/** YAML 1.2 with merge keys. Throws where aliases multiply beyond reason. */
export const parseYaml = (file: string, text: string): ParsedText => {
  const document = parseDocument(text, { merge: true, uniqueKeys: true, prettyErrors: false, strict: true });
  const locate = createLocator(file, text);
  const problems: ConfigProblem[] = document.errors.map(({ code, message, pos }) => ({
    severity: code === 'DUPLICATE_KEY' ? 'warning' : 'error',
    message: message.startsWith('Maximum call stack') ? 'it is nested too deeply' : (SYNTAX_ERRORS[code] ?? message),
    path: '',
    place: locate(pos[0]),
  }));
  const contents = document.contents as Node | null;
  // Only the first error: what follows is mostly its echo.
  const error = problems.find(({ severity }) => severity === 'error');
  const isBroken = error !== undefined;
  if (isBroken) problems.splice(0, problems.length, error);
  const value = isBroken ? undefined : toPlain(toJs(document), (path) => problems.push(unusableKey(path)));
  return { file, value, problems, placeOf: (path) => locate(offsetOf(contents, path)) };

  function unusableKey(path: KeyPath): ConfigProblem {
    const message = `${formatPath(path)} has keys that are not texts; put them in quotes`;
    return { severity: 'warning', message, path: formatPath(path), place: locate(offsetOf(contents, path)) };
  }
};

const toJs = (document: ReturnType<typeof parseDocument>): unknown => {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES, mapAsMap: true });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const isBomb = error.message.startsWith('Excessive');
    const message = isBomb ? 'its aliases (*name) repeat too much of the file; write the parts out' : error.message;
    throw new Error(message, { cause: error });
  }
};

/** Maps as plain objects, with keys of any scalar type as texts. */
const toPlain = (value: unknown, onUnusableKey: (path: KeyPath) => void, path: KeyPath = []): unknown => {
  if (Array.isArray(value)) return value.map((item, i) => toPlain(item, onUnusableKey, [...path, i]));
  if (value instanceof Date) return value.toISOString();
  if (!(value instanceof Map)) return typeof value === 'bigint' ? Number(value) : value;
  const result: Record<string, unknown> = {};
  for (const [key, member] of value) {
    if (typeof key === 'object' && key !== null) onUnusableKey(path);
    else setMember(result, String(key), toPlain(member, onUnusableKey, [...path, String(key)]));
  }
  return result;
};

const offsetOf = (contents: Node | null, path: KeyPath): number => {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const segment of path) {
    const next = isMap(node) ? pairOf(node, segment) : isSeq(node) ? node.items[Number(segment)] : undefined;
    if (next === undefined) break;
    const key = isPair(next) ? next.key : next;
    offset = (key as Node | null)?.range?.[0] ?? offset;
    node = isPair(next) ? next.value : next;
  }
  return offset;
};

const pairOf = (map: YAMLMap, segment: string | number): Pair | undefined =>
  map.items.findLast(({ key }) => String(isScalar(key) ? key.value : key) === String(segment));

const SYNTAX_ERRORS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is given twice; the last one counts: remove one',
  TAB_AS_INDENT: 'YAML is indented with spaces, not tabs',
  MULTIPLE_DOCS: 'the file holds more than one YAML document; keep one',
};
