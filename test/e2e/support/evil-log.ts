import { existsSync, readFileSync } from 'node:fs';

/** One thing that happened to a test server. */
export interface EvilEntry {
  readonly pid: number;
  readonly name: string;
  readonly event: string;
  /** The line that came in, for `in`. */
  readonly raw?: string;
  readonly grandchild?: number;
  readonly child?: number;
  readonly requestId?: unknown;
  readonly known?: boolean;
  readonly filter?: unknown;
  readonly cwd?: string;
  /** For `effect`: the tool that did it, and to what. */
  readonly tool?: string;
  readonly k?: string;
}

/** What the test servers that share the file have seen so far; empty when none has been started. */
export const readEvilLog = (file: string): EvilEntry[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as EvilEntry)
    : [];

/** The lines that reached the server `name`, as they came. */
export const linesTo = (file: string, name: string): string[] =>
  readEvilLog(file).flatMap((entry) => (entry.name === name && entry.raw !== undefined ? [entry.raw] : []));

/** The methods of the messages that reached the server `name`, in their order. */
export const methodsTo = (file: string, name: string): string[] =>
  linesTo(file, name).map((line) => (JSON.parse(line) as { method?: string }).method ?? '(answer)');

/** Every process id that the test servers have told of: their own, their wrappers' and their grandchildren's. */
export const pidsIn = (file: string): number[] => [
  ...new Set(
    readEvilLog(file).flatMap((entry) => [entry.pid, entry.grandchild, entry.child].filter((pid) => pid !== undefined)),
  ),
];
