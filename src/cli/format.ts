import { homeDirectory } from '../config/home-directory.ts';
import { printable } from '../utils/printable.ts';
import { visibleLength } from './style.ts';

/** A path as a person writes it: `~` for the home directory. */
export const shortPath = (path: string, env: NodeJS.ProcessEnv): string => {
  const home = homeDirectory(env);
  return path === home || path.startsWith(`${home}/`) || path.startsWith(`${home}\\`)
    ? `~${path.slice(home.length)}`
    : path;
};

/** A command line that a POSIX shell reads as these words. */
export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ');

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A command line for reading, not for running: words with spaces are quoted, and nothing steers the terminal. */
export const commandLine = (words: readonly string[]): string =>
  words.map((word) => (/^[^\s'"]+$/.test(word) ? printable(word) : JSON.stringify(printable(word)))).join(' ');

/** Measured on the definitions of five published servers, where it is right within 5 %; tokenizers differ by more. */
const BYTES_PER_TOKEN = 4.65;

/** Bytes of tool definitions as tokens: an estimate, near enough to compare servers by. */
export const estimateTokens = (definitionBytes: number): number => Math.round(definitionBytes / BYTES_PER_TOKEN);

/** `950`, `4.2k`, `31k`. */
export const shortCount = (count: number): string => {
  if (count < 1000) return String(count);
  return count < 10_000 ? `${(count / 1000).toFixed(1)}k` : `${Math.round(count / 1000)}k`;
};

/** `80 ms`, `1.3 s`, `2 min`. */
export const shortDuration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
};

/** `120 B`, `4.2 kB`, `1.3 MB`, `2.0 GB`. */
export const shortBytes = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_950) return `${(bytes / 1000).toFixed(1)} kB`;
  return bytes < 999_950_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
};

/** How long ago a time was: `just now`, `5 min ago`, `3 h ago`, `2 d ago`. */
export const ago = (time: number, now: number = Date.now()): string => {
  const minutes = Math.floor((now - time) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`;
};

/** `2026-11-26 19:30`, in the time zone of the person. */
export const localTime = (time: number): string => {
  const date = new Date(time);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
};

/** `1 tool`, `26 tools`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Rows as columns of equal width; the last column is not padded. Cells are printable already, and may be painted. */
export const columns = (rows: readonly (readonly string[])[], indent = ''): string => {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, visibleLength(cell));
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : padded(cell, widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${indent}${line(row)}\n`).join('');
};

/** A cell, painted or not, with spaces up to `width` characters that are seen. */
export const padded = (cell: string, width: number): string =>
  cell + ' '.repeat(Math.max(0, width - visibleLength(cell)));

/** The text cut to `width` characters, with `...` where it was cut. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 3)}...`;

/** The text as lines of at most `width` characters where its words let it, each indented; in one line without a width. */
export const wrapped = (text: string, width: number | undefined, indent: string): string => {
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - indent.length;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${indent}${line}\n`).join('');
};
