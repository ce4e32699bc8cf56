import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { HubError } from '../errors/hub-error.ts';

/** Larger files are refused before they are read. */
export const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

export interface TextFile {
  readonly text: string;
  /** Permission bits (`0o600`); on Windows they say nothing. */
  readonly mode: number;
  /** How the bytes were encoded; a byte order mark is not part of `text`. */
  readonly encoding: 'utf-8' | 'utf-8-bom' | 'utf-16';
}

/**
 * The text of a regular file of at most `maxBytes`. Never blocks on a pipe and never reads more than it may. It is read at
 * once: a hub that starts has nothing else to do, and file work that is handed to other threads begins by starting them.
 * Throws `CONFIG_INVALID` with one sentence where the file cannot be had; its cause keeps the system's error code.
 */
export const readText = (file: string, maxBytes: number = MAX_CONFIG_BYTES): TextFile => {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer for ever.
    const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      return readOpened(file, descriptor, maxBytes);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw error instanceof HubError ? error : unreadable(file, reasonOf(error), error);
  }
};

const readOpened = (file: string, descriptor: number, maxBytes: number): TextFile => {
  const stat = fstatSync(descriptor);
  if (stat.isDirectory()) throw unreadable(file, 'it is a folder, not a file');
  if (!stat.isFile()) throw unreadable(file, 'it is not a regular file');
  if (stat.size > maxBytes) throw unreadable(file, `it is larger than ${sizeOf(maxBytes)}`);
  const bytes = Buffer.alloc(stat.size + 1);
  const length = readFully(descriptor, bytes);
  if (length > stat.size) throw unreadable(file, 'it was changed while it was read; try again');
  return { ...decode(file, bytes.subarray(0, length)), mode: stat.mode & 0o777 };
};

const readFully = (descriptor: number, bytes: Buffer): number => {
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return length;
};

const decode = (file: string, bytes: Buffer): Pick<TextFile, 'text' | 'encoding'> => {
  const encoding = encodingOf(bytes);
  const label = encoding === 'utf-16' ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8';
  try {
    return { text: new TextDecoder(label, { fatal: true }).decode(bytes), encoding };
  } catch (error) {
    throw unreadable(file, 'it is not text in UTF-8; save it as UTF-8', error);
  }
};

const encodingOf = (bytes: Buffer): TextFile['encoding'] => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8-bom';
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff) ? 'utf-16' : 'utf-8';
};

const unreadable = (file: string, why: string, cause?: unknown): HubError =>
  new HubError('CONFIG_INVALID', `cannot read ${file}: ${why}`, { cause, hint: 'run: mcp-hub config path' });

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ELOOP: 'its symbolic links lead in a circle',
  EISDIR: 'it is a folder, not a file',
  ENAMETOOLONG: 'its path is too long',
  ENXIO: 'it is not a regular file',
  ERR_INVALID_ARG_VALUE: 'its path contains a character that no path can have',
};

/** What a system error means, in words. */
export const reasonOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return (code !== undefined ? REASONS[code] : undefined) ?? message ?? String(error);
};

const sizeOf = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
