import { extname } from 'node:path';
import { HubError } from '../errors/hub-error.ts';
import type { ConfigProblem, SourcePlace } from './hub-config.ts';
import { parseJsonc } from './parse-jsonc.ts';

export type KeyPath = readonly (string | number)[];

/** The text of a configuration file as a value that remembers where each part of it stands. */
export interface ParsedText {
  readonly file: string;
  /** Plain JSON data; `undefined` for a file with nothing in it. Keys called `__proto__` are left out. */
  readonly value: unknown;
  /** Syntax errors (`error`) and keys that are given twice (`warning`). */
  readonly problems: readonly ConfigProblem[];
  /** Where `path` stands, or the closest thing around it that exists; the key where it has one, else the value. */
  readonly placeOf: (path: KeyPath) => SourcePlace;
}

export type ConfigFormat = 'json' | 'yaml' | 'code';

/**
 * What a file holds, told by its name; names without a known ending are told by the first character of the text.
 * JSON may always have comments and trailing commas.
 */
export const formatOf = (file: string, text = ''): ConfigFormat => {
  const extension = extname(file).toLowerCase();
  if (extension === '.json' || extension === '.jsonc' || extension === '.json5') return 'json';
  if (extension === '.yaml' || extension === '.yml') return 'yaml';
  if (/^\.[cm]?[jt]s$/.test(extension)) return 'code';
  return /^\s*(?:[{[/]|$)/.test(text) ? 'json' : 'yaml';
};

/** Never throws for any text: what is wrong is in `problems`. */
export const parseText = async (file: string, text: string): Promise<ParsedText> => {
  try {
    return formatOf(file, text) === 'yaml'
      ? (await import('./parse-yaml.ts')).parseYaml(file, text)
      : parseJsonc(file, text);
  } catch (error) {
    return unparsable(file, error instanceof RangeError ? 'it is nested too deeply' : HubError.from(error).message);
  }
};

const unparsable = (file: string, message: string): ParsedText => {
  const place: SourcePlace = { file, line: 1, column: 1 };
  return { file, value: undefined, problems: [{ severity: 'error', message, path: '', place }], placeOf: () => place };
};
