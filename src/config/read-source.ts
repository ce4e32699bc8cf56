import { basename } from 'node:path';
import { HubError } from '../errors/hub-error.ts';
import { isOpenTo } from './environment.ts';
import type { ConfigProblem } from './hub-config.ts';
import type { ConfigLocation } from './locate.ts';
import { formatOf, type ParsedText, parseText } from './parse-text.ts';
import { readText } from './read-text.ts';
import { valueAt } from './server-entries.ts';

/**
 * Reads and parses the file of a location; undefined where there is none. A program (.js, .ts) is run only when the person
 * named it with `--config`. Throws `CONFIG_INVALID` where the file cannot be read; what is wrong inside is in `problems`.
 */
export const readSource = async ({ file, source, trusted }: ConfigLocation): Promise<ParsedText | undefined> => {
  if (file === undefined || trusted !== undefined) return trusted?.parsed;
  return parseFile(file, () => run(file, source));
};

/**
 * Reads and parses a file.
 * @param runCode what gives the value of a program; default: none is run, and it is refused.
 * @throws HubError CONFIG_INVALID where it cannot be read
 */
export const parseFile = async (
  file: string,
  runCode: () => Promise<ParsedText> = () => run(file, 'none'),
): Promise<ParsedText> => {
  const { text, mode } = readText(file);
  const inPackage = formatOf(file, text) === 'code' ? inManifest(await runCode()) : await parseOwnText(file, text);
  return isOpenTo(mode, 0o022) ? withProblem(inPackage, writableByOthers(file, mode)) : inPackage;
};

/** Parses a text as that of a file; of package.json its key `mcp-hub`. */
export const parseOwnText = async (file: string, text: string): Promise<ParsedText> =>
  inManifest(await parseText(file, text));

const inManifest = (parsed: ParsedText): ParsedText =>
  basename(parsed.file) === 'package.json' ? below(parsed, 'mcp-hub') : parsed;

const run = async (file: string, source: ConfigLocation['source']): Promise<ParsedText> => {
  if (source !== 'option') {
    const hint = `name it with --config ${file}`;
    throw new HubError('CONFIG_INVALID', `cannot use ${file}: it is a program, and those run only when named`, {
      hint,
    });
  }
  const place = { file, line: 1, column: 1 };
  try {
    const { defaultLoaders } = await import('cosmiconfig');
    const value: unknown = await defaultLoaders['.js'](file, '');
    // Functions and classes have no meaning here: what a program gives is data.
    return { file, value: JSON.parse(JSON.stringify(value ?? null)), problems: [], placeOf: () => place };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw HubError.from(new HubError('CONFIG_INVALID', `cannot load ${file}: ${reason}`, { cause: error }));
  }
};

const below = (parsed: ParsedText, key: string): ParsedText => ({
  ...parsed,
  value: valueAt(parsed.value, [key]),
  placeOf: (path) => parsed.placeOf([key, ...path]),
});

const withProblem = (parsed: ParsedText, problem: ConfigProblem): ParsedText => ({
  ...parsed,
  problems: [...parsed.problems, problem],
});

const writableByOthers = (file: string, mode: number): ConfigProblem => ({
  severity: 'warning',
  message: `${file} can be changed by other users (mode ${mode.toString(8)}); run: chmod go-w ${file}`,
  path: '',
  place: { file, line: 1, column: 1 },
});
