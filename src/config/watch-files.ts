import { type FSWatcher, readlinkSync, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** Watches some files, which need not exist. */
export interface FileWatch {
  /** Watches these from now on, and none that was watched before but for them. */
  watch(files: readonly string[]): void;
  close(): void;
}

/** After this long without news, what has changed is told; at the latest after the second. Milliseconds. */
const QUIET_MS = 150;
const LATEST_MS = 2_000;

/** So often it is looked for what no news came of: of network drives, of folders that were not there. Milliseconds. */
const POLL_MS = 5_000;

/** Links that lead on, of one file. */
const MAX_LINKS = 10;

/**
 * Tells when files have changed: written, replaced by another of their name, removed or made again, also behind symbolic
 * links. What comes in quick succession is told once, after its end. The folders are watched, because a watch on a file is
 * lost with it. It does not keep the process alive.
 */
export const watchFiles = (onChange: () => void): FileWatch => {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: string }>();
  let files: readonly string[] = [];
  let seen = '';
  let quiet: NodeJS.Timeout | undefined;
  let firstNewsAt: number | undefined;

  const fingerprint = (): string => files.map(stampOf).join('\n');

  const look = (): void => {
    clearTimeout(quiet);
    firstNewsAt = undefined;
    watchFolders();
    const now = fingerprint();
    if (now === seen) return;
    seen = now;
    onChange();
  };

  const lookSoon = (): void => {
    firstNewsAt ??= performance.now();
    clearTimeout(quiet);
    const leftMs = firstNewsAt + LATEST_MS - performance.now();
    quiet = setTimeout(look, Math.max(0, Math.min(QUIET_MS, leftMs))).unref();
  };

  const forget = (folder: string): void => {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  };

  const watchFolder = (folder: string, inode: string, names: ReadonlySet<string>): void => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || names.has(name)) lookSoon();
      });
      watcher.on('error', () => forget(folder));
      watchers.set(folder, { watcher, inode });
    } catch {
      // There is no such folder, or no watch to be had: then it is looked at from time to time.
    }
  };

  const watchFolders = (): void => {
    const { folders, names } = placesOf(files);
    for (const [folder, { inode }] of [...watchers]) if (folders.get(folder) !== inode) forget(folder);
    for (const [folder, inode] of folders) if (!watchers.has(folder)) watchFolder(folder, inode, names);
  };

  const poll = setInterval(() => {
    if (fingerprint() !== seen) lookSoon();
  }, POLL_MS).unref();

  return {
    watch(wanted) {
      if (wanted.length === files.length && wanted.every((file, index) => file === files[index])) return;
      for (const folder of [...watchers.keys()]) forget(folder);
      files = wanted;
      watchFolders();
      seen = fingerprint();
    },
    close() {
      clearInterval(poll);
      clearTimeout(quiet);
      for (const folder of [...watchers.keys()]) forget(folder);
    },
  };
};

/** What tells one state of a file from another. */
const stampOf = (file: string): string => {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
};

/** The folders in which something of the files may change, each with its inode, and the names to look for. */
const placesOf = (
  files: readonly string[],
): { readonly folders: ReadonlyMap<string, string>; readonly names: ReadonlySet<string> } => {
  const folders = new Map<string, string>();
  const names = new Set<string>();
  for (const file of files) {
    for (const path of chainOf(file)) {
      const folder = dirname(path);
      const inode = inodeOf(folder);
      if (inode !== undefined) folders.set(folder, inode);
      names.add(basename(path));
    }
  }
  return { folders, names };
};

/** A path, what its symbolic link leads to, and so on; with what leads to it, where a folder on the way is a link itself. */
const chainOf = (file: string): string[] => {
  const chain = [file];
  let path = file;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const target = linkOf(path);
    if (target === undefined) break;
    // `..data/config.json`: the first folder of the target may be a link that is set to another place.
    const [first] = target.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
    if (!isAbsolute(target) && first !== undefined) chain.push(join(dirname(path), first));
    path = isAbsolute(target) ? target : join(dirname(path), target);
    chain.push(path);
  }
  const real = realOf(path);
  return real === undefined ? chain : [...chain, real];
};

const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

const realOf = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

const inodeOf = (folder: string): string | undefined => {
  try {
    const { dev, ino } = statSync(folder, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
};
