import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isProcessAlive, processStart } from '../../utils/process-start.ts';

/** Where a running hub can be reached; a file that only its user can read. */
export interface ControlEntry {
  readonly pid: number;
  /** Tells its process from a later one of the same number; null where the system does not say. */
  readonly processStart: string | null;
  /** Path of a socket, or name of a pipe. */
  readonly address: string;
  /** Each request must carry it: pipes of Windows have no owner's permission. */
  readonly token: string;
}

/** Longest path of a socket, in bytes, that all systems take: macOS has 104 with the end. */
const MAX_ADDRESS_BYTES = 100;

const directoryOf = (stateDir: string): string => join(stateDir, 'hubs');

/** Writes the entry of this process; the socket itself is not made. */
export const writeEntry = (stateDir: string): ControlEntry => {
  try {
    return putEntry(stateDir);
  } catch (error) {
    // Another hub has taken the folder away in between, with its own entry, which was the last.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return putEntry(stateDir);
    throw error;
  }
};

const putEntry = (stateDir: string): ControlEntry => {
  const directory = directoryOf(stateDir);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const entry: ControlEntry = {
    pid: process.pid,
    processStart: processStart(process.pid) ?? null,
    address: freeAddress(directory),
    token: randomBytes(32).toString('base64url'),
  };
  const file = entryFile(stateDir, entry.pid);
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${JSON.stringify(entry)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    removeAddress(stateDir, entry);
    throw error;
  }
  return entry;
};

/** Whether others still find what was written, and the socket that it names; pipes of Windows have no file. */
export const isEntryThere = (stateDir: string, { pid, address }: ControlEntry): boolean =>
  existsSync(entryFile(stateDir, pid)) && (process.platform === 'win32' || existsSync(address));

/** Removes the entry and its socket; the folder goes with the last of them. */
export const removeEntry = (stateDir: string, { pid, address }: ControlEntry): void => {
  rmSync(entryFile(stateDir, pid), { force: true });
  removeAddress(stateDir, { address });
  try {
    rmdirSync(directoryOf(stateDir));
  } catch {
    // It holds the entries of other hubs.
  }
};

/** Removes the socket, and the folder that was made for it alone; pipes of Windows have neither. */
export const removeAddress = (stateDir: string, { address }: Pick<ControlEntry, 'address'>): void => {
  if (process.platform === 'win32') return;
  rmSync(address, { force: true });
  if (dirname(address) !== directoryOf(stateDir)) rmSync(dirname(address), { force: true, recursive: true });
};

/** The entries of hubs that live, by their pids. Those of others are removed. */
export const readEntries = (stateDir: string): ControlEntry[] => {
  const directory = directoryOf(stateDir);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => /^\d+\.json$/.test(name))
    .flatMap((name) => {
      const entry = readEntry(join(directory, name));
      if (entry === undefined) return [];
      if (isProcessAlive(entry.pid, entry.processStart)) return [entry];
      removeEntry(stateDir, entry);
      return [];
    })
    .sort((one, other) => one.pid - other.pid);
};

const entryFile = (stateDir: string, pid: number): string => join(directoryOf(stateDir), `${pid}.json`);

const readEntry = (file: string): ControlEntry | undefined => {
  try {
    const { pid, processStart: start, address, token } = JSON.parse(readFileSync(file, 'utf8')) as ControlEntry;
    if (!Number.isInteger(pid) || typeof address !== 'string' || typeof token !== 'string') return undefined;
    return { pid, processStart: typeof start === 'string' ? start : null, address, token };
  } catch {
    return undefined;
  }
};

/** A socket beside the entry, in a folder of its own where the path is too long; on Windows, which is untested, a pipe that nobody can guess. */
const freeAddress = (directory: string): string => {
  if (process.platform === 'win32') return `\\\\.\\pipe\\mcp-hub-${randomBytes(16).toString('hex')}`;
  const beside = join(directory, `${process.pid}.sock`);
  if (Buffer.byteLength(beside) > MAX_ADDRESS_BYTES) return join(mkdtempSync(join(tmpdir(), 'mcp-hub-')), 'hub.sock');
  rmSync(beside, { force: true });
  return beside;
};
