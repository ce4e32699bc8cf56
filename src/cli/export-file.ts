import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { HubError } from '../errors/hub-error.ts';

/**
 * Writes the pieces to a file that its owner alone can read. A file of that name is replaced when all is written, and stays
 * as it is where that fails; a device or pipe is written to as it comes.
 * @throws HubError STORE_UNAVAILABLE when it cannot be written, and whatever `pieces` throws
 */
export const writeExportFile = (cwd: string, name: string, pieces: Iterable<string>): void => {
  const path = resolve(cwd, name);
  const isReplaced = attempt(name, () => statSync(path, { throwIfNoEntry: false })?.isFile() ?? true);
  const target = isReplaced ? `${path}.${process.pid}.partial` : path;
  const descriptor = attempt(name, () => openSync(target, isReplaced ? 'wx' : 'w', 0o600));
  try {
    for (const piece of pieces) attempt(name, () => writeWhole(descriptor, piece));
    attempt(name, () => closeSync(descriptor));
    if (isReplaced) attempt(name, () => renameSync(target, path));
  } catch (error) {
    if (isReplaced) rmSync(target, { force: true });
    throw error;
  }
};

const writeWhole = (descriptor: number, text: string): void => {
  let rest = Buffer.from(text);
  while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
};

const attempt = <T>(name: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw unwritable(name, error);
  }
};

const unwritable = (name: string, error: unknown): HubError => {
  const why = error instanceof Error ? error.message : String(error);
  return new HubError('STORE_UNAVAILABLE', `--output ${JSON.stringify(name)} cannot be written: ${why}`, {
    hint: 'choose another file, or leave --output out',
    cause: error,
  });
};
