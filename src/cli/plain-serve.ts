import { LOG_LEVELS, type ServeOptions, splitNames } from './serve-options.ts';

/** What a client's entry usually says after `serve`. */
export type PlainServe = Pick<ServeOptions, 'configFile' | 'only' | 'log' | 'logLevel'>;

/**
 * Reads `serve` with the few options that clients start it with, so that such a start loads none of the rest of the command
 * line. Undefined for everything else, be it right or wrong: the command line reads that, and explains what is wrong.
 * @param argv what was typed after the program's name
 */
export const readPlainServe = ([verb, ...args]: readonly string[]): PlainServe | undefined => {
  if (verb !== 'serve') return undefined;
  let found: PlainServe = { log: true };
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] as string;
    if (arg === '--no-log') {
      found = { ...found, log: false };
      continue;
    }
    index += 1;
    const more = readValue(arg, args[index], found);
    if (more === undefined) return undefined;
    found = { ...found, ...more };
  }
  return found;
};

const readValue = (option: string, value: string | undefined, before: PlainServe): Partial<PlainServe> | undefined => {
  if (value === undefined || value.startsWith('-')) return undefined;
  switch (option) {
    case '--config':
      return { configFile: value };
    case '--only':
      return { only: splitNames(value, before.only) };
    case '--log-level':
      return LOG_LEVELS.includes(value) ? { logLevel: value } : undefined;
    default:
      return undefined;
  }
};
