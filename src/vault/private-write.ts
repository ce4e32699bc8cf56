import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file that only its owner can read, in one step: a reader, or a crash at any moment, finds the whole old text or
 * the whole new one. Its folder is made where there is none. On Windows the permissions are those of the folder (untested).
 */
export const writePrivately = (file: string, text: string): Promise<void> => write(file, text, rename);

/** The same for a file that must not be there yet; false, and nothing changed, where it is. */
export const createPrivately = async (file: string, text: string): Promise<boolean> => {
  try {
    await write(file, text, link);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const write = async (file: string, text: string, place: (from: string, to: string) => Promise<void>): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(temporary, file);
  } finally {
    // Gone already after a rename.
    await unlink(temporary).catch(() => undefined);
  }
};
