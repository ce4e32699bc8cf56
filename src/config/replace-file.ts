import { randomBytes } from 'node:crypto';
import { constants, copyFile, lstat, mkdir, open, readlink, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HubError } from '../errors/hub-error.ts';
import { reasonOf } from './read-text.ts';

/**
 * Writes a file so that a reader, or a crash at any moment, finds the whole old text or the whole new one: through a
 * temporary file in the same folder, flushed to the disk, and a rename. A symbolic link stays and its target is written.
 * The mode is kept; a new file gets 0600, a new folder 0700. The first time, the old file is kept as `FILE.bak`, unless
 * the caller keeps it elsewhere.
 * Throws `CONFIG_INVALID` where the folder cannot be written to; then nothing has changed.
 */
export const replaceFile = async (file: string, text: string, { keepsOld = true } = {}): Promise<void> => {
  try {
    const target = await targetOf(file);
    const folder = dirname(target);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const mode = await modeOf(target);
    if (mode !== undefined && keepsOld) await keepBackup(target);
    await writeAndRename(target, text, mode ?? 0o600);
    await flushFolder(folder);
  } catch (error) {
    throw error instanceof HubError ? error : unwritable(file, error);
  }
};

/** Node tells ENOENT of a folder that cannot be made, for instance on a file system that is read-only. */
const unwritable = (file: string, cause: unknown): HubError =>
  new HubError(
    'CONFIG_INVALID',
    `cannot write ${file}: ${isAbsent(cause) ? 'its folder cannot be made' : reasonOf(cause)}`,
    {
      cause,
      hint: 'make the file and its folder writable for this user',
    },
  );

/** Where a file really is. A link that leads to nothing yet names the file to create. */
const targetOf = async (file: string): Promise<string> => {
  try {
    return await realpath(file);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const isLink = (await lstat(file).catch(() => undefined))?.isSymbolicLink() ?? false;
    return isLink ? targetOf(resolve(dirname(file), await readlink(file))) : file;
  }
};

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const modeOf = async (file: string): Promise<number | undefined> => {
  try {
    return (await stat(file)).mode & 0o777;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
};

const keepBackup = async (file: string): Promise<void> => {
  try {
    await copyFile(file, `${file}.bak`, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const writeAndRename = async (file: string, text: string, mode: number): Promise<void> => {
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
};

/** Makes the rename itself durable. Windows cannot open a folder; there the rename is left to the file system. */
const flushFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
};
