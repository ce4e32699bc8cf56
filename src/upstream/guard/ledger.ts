import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootAndNamespace, processStart } from '../../utils/process-start.ts';

/** A process that a hub has started as the leader of a group of its own. */
export interface LedgerEntry {
  readonly pid: number;
  /** What tells it from a later process of that number; null where the system cannot say. */
  readonly start: string | null;
  /** When it was started, in milliseconds since the epoch. */
  readonly at: number;
}

/** What one hub has written down. */
export interface LedgerPage {
  readonly hub: {
    readonly pid: number;
    readonly start: string | null;
    /** The boot, and the space of process numbers; null where there is no such thing. */
    readonly boot: string | null;
    readonly namespace: string | null;
  };
  readonly groups: readonly LedgerEntry[];
}

/** Writes down which processes of this hub live, for the next one. */
export interface Ledger {
  /** The processes that live now. What comes while a page is being written is written after it, together. */
  write(groups: Iterable<LedgerEntry>): void;
  /** Resolves when everything is written. */
  settled(): Promise<void>;
}

/** In the state directory: one page for each hub that has processes, `PID-RANDOM.json`. */
const LEDGER_FOLDER = 'processes';

/** A page larger than this was not written by a hub. */
const MAX_PAGE_BYTES = 256 * 1024;

/** So often a page is written again though nothing has changed, so that it is seen that its hub lives. Milliseconds. */
const REFRESH_MS = 3_600_000;

/** A page that was not written again for so long is of a hub that has ended. Milliseconds. */
const STALE_MS = 24 * REFRESH_MS;

/**
 * A page of its own for each hub, so that none waits for another. It is there while the hub has processes, and readable for
 * its owner only. It is written again every hour, also where somebody has removed it. Where it cannot be written the guard
 * alone watches over the processes.
 */
export const createLedger = (stateDir: string, { refreshMs = REFRESH_MS } = {}): Ledger => {
  const folder = join(stateDir, LEDGER_FOLDER);
  const page = join(folder, `${process.pid}-${randomBytes(6).toString('hex')}.json`);
  const { boot = null, namespace = null } = bootAndNamespace();
  const hub: LedgerPage['hub'] = { pid: process.pid, start: processStart(process.pid) ?? null, boot, namespace };
  let wanted: readonly LedgerEntry[] | undefined;
  let writing: Promise<void> | undefined;
  let refreshing: NodeJS.Timeout | undefined;

  const writePage = async (groups: readonly LedgerEntry[]): Promise<void> => {
    if (groups.length === 0) return removePage(folder, page);
    const text = JSON.stringify({ hub, groups } satisfies LedgerPage);
    await putPage(folder, page, text).catch((error: NodeJS.ErrnoException) => {
      // Another hub has removed the folder in between, with its last page.
      if (error.code === 'ENOENT') return putPage(folder, page, text);
      throw error;
    });
  };

  const writeAll = async (): Promise<void> => {
    // Upstreams that start together are written together.
    await new Promise(setImmediate);
    for (let groups = wanted; groups !== undefined; groups = wanted) {
      wanted = undefined;
      await writePage(groups).catch(() => {});
    }
    writing = undefined;
  };

  const write: Ledger['write'] = (groups) => {
    const present = [...groups];
    wanted = present;
    writing ??= writeAll();
    clearInterval(refreshing);
    if (present.length > 0) refreshing = setInterval(() => write(present), refreshMs).unref();
  };

  return {
    write,
    settled: async () => writing,
  };
};

const putPage = async (folder: string, page: string, text: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${page}.new`, text, { mode: 0o600 });
  await rename(`${page}.new`, page);
};

/** The folder goes with the last page in it. */
const removePage = async (folder: string, page: string): Promise<void> => {
  await rm(page, { force: true });
  await rmdir(folder).catch(() => {});
};

export interface FoundPage {
  readonly file: string;
  /** The hub that its name names. */
  readonly hubPid: number;
  /** Undefined where it cannot be read. */
  readonly page: LedgerPage | undefined;
  /** Whether its hub would have written it again by now, if it lived. */
  readonly isStale: boolean;
}

/** The pages of all hubs. Never rejects. */
export const readLedger = async (stateDir: string): Promise<readonly FoundPage[]> => {
  const folder = join(stateDir, LEDGER_FOLDER);
  const names = await readdir(folder).catch(() => []);
  const found = names.flatMap((name) => {
    const [, hubPid] = /^(\d+)-[0-9a-f]+\.json(?:\.new)?$/.exec(name) ?? [];
    return hubPid === undefined ? [] : [{ file: join(folder, name), hubPid: Number(hubPid) }];
  });
  return Promise.all(
    found.map(async (page) => ({
      ...page,
      page: await readPage(page.file).catch(() => undefined),
      isStale: await isStale(page.file).catch(() => false),
    })),
  );
};

const isStale = async (file: string): Promise<boolean> => Date.now() - (await stat(file)).mtimeMs > STALE_MS;

const readPage = async (file: string): Promise<LedgerPage | undefined> => {
  if ((await stat(file)).size > MAX_PAGE_BYTES) return undefined;
  const value: unknown = JSON.parse(await readFile(file, 'utf8'));
  return isPage(value) ? value : undefined;
};

const isPage = (value: unknown): value is LedgerPage => {
  const { hub, groups } = (value ?? {}) as Partial<LedgerPage>;
  const { pid, start } = (hub ?? {}) as Partial<LedgerPage['hub']>;
  return Number.isSafeInteger(pid) && isTextOrNull(start) && Array.isArray(groups) && groups.every(isEntry);
};

const isEntry = (value: unknown): value is LedgerEntry => {
  const { pid, start, at } = (value ?? {}) as Partial<LedgerEntry>;
  // To kill(2), 0 means its own group, and 1 everybody.
  return Number.isSafeInteger(pid) && (pid ?? 0) > 1 && isTextOrNull(start) && typeof at === 'number';
};

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
