import { getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser';
import type { KeyPath, ParsedText } from './parse-text.ts';
import { createLocator, setMember } from './text-parts.ts';
import { tomlItems } from './toml-items.ts';

/** TOML as a value that remembers where each part of it stands. Never throws for any text. */
export const parseToml = (file: string, text: string): ParsedText => {
  const locate = createLocator(file, text);
  try {
    const ast = parseTOML(text);
    const value = toPlain(getStaticTOMLValue(ast));
    const items = tomlItems(ast);
    const offsetOf = (path: KeyPath): number => {
      for (let length = path.length; length > 0; length--) {
        const item = items.find((candidate) => isBelow(candidate.path, path.slice(0, length)));
        if (item) return item.node.range[0];
      }
      return 0;
    };
    return { file, value, problems: [], placeOf: (path) => locate(offsetOf(path)) };
  } catch (error) {
    const place = locate(error instanceof ParseError ? error.index : 0);
    const message = error instanceof RangeError ? 'it is nested too deeply' : `this is not TOML: ${messageOf(error)}`;
    return {
      file,
      value: undefined,
      problems: [{ severity: 'error', message, path: '', place }],
      placeOf: () => place,
    };
  }
};

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '').toLowerCase();

const isBelow = (path: KeyPath, above: KeyPath): boolean => above.every((key, index) => path[index] === key);

const toPlain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) setMember(result, key, toPlain(member));
  return result;
};
