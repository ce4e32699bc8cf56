import { isRecord } from './client-shapes.ts';
import type { KeyPath } from './parse-text.ts';

/** A reference to a variable in another client's words, which mean nothing to the hub. */
export interface ForeignReference {
  /** Where it stands below the value that was searched. */
  readonly path: KeyPath;
  readonly written: string;
  /** The same in the hub's words. */
  readonly ours: string;
}

export interface Translation {
  /** The value in the hub's words. */
  readonly value: unknown;
  readonly found: readonly ForeignReference[];
}

/** opencode: anywhere in a text. */
const BRACED = /(?<!\$)\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Gemini CLI: here only as a whole text, or as a whole token, since a `$` may well be part of a password. */
const BARE = /(?<=^(?:(?:Bearer|Basic|Token) +)?)\$([A-Z_][A-Z0-9_]*)$/g;

/** Finds references of other clients in every text of a value: `{env:NAME}` of opencode, `$NAME` of Gemini CLI. */
export const translateReferences = (value: unknown, path: KeyPath = []): Translation => {
  if (typeof value === 'string') return translateText(value, path);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => translateReferences(item, [...path, index]));
    return { value: items.map((item) => item.value), found: items.flatMap((item) => item.found) };
  }
  if (!isRecord(value)) return { value, found: [] };
  const members = Object.entries(value).map(([key, item]) => [key, translateReferences(item, [...path, key])] as const);
  return {
    value: Object.fromEntries(members.map(([key, member]) => [key, member.value])),
    found: members.flatMap(([, member]) => member.found),
  };
};

const translateText = (text: string, path: KeyPath): Translation => {
  const found: ForeignReference[] = [];
  const translate = (written: string, name: string): string => {
    const ours = `\${${name}}`;
    found.push({ path, written, ours });
    return ours;
  };
  return { value: text.replace(BRACED, translate).replace(BARE, translate), found };
};
