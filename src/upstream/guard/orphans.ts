import { rm } from 'node:fs/promises';
import { bootAndNamespace, isProcessAlive } from '../../utils/process-start.ts';
import { createProcessGroup } from '../transport/process-group.ts';
import { isSameGroup } from './is-same-process.ts';
import { type FoundPage, type LedgerEntry, readLedger } from './ledger.ts';

/** How long an orphan has after SIGTERM. Milliseconds. */
const GRACE_MS = 2_000;

/**
 * Ends what hubs that were killed have left behind, where their guards were killed too, and tears out their pages. Several
 * hubs may do so at once: each makes sure before it ends anything. Never rejects.
 * @returns how many groups were ended.
 */
export const endOrphans = async (stateDir: string): Promise<number> => {
  let count = 0;
  const pages = await readLedger(stateDir);
  await Promise.all(
    pages.map(async (found) => {
      const orphans = orphansOf(found);
      if (orphans === undefined) return;
      const ended = await Promise.all(orphans.map(endOrphan));
      count += ended.filter(Boolean).length;
      await rm(found.file, { force: true }).catch(() => {});
    }),
  );
  return count;
};

/**
 * What is left of a hub that has ended; undefined for one that lives, or of which nothing can be known here. Where nothing can be
 * known, a stale page is torn out all the same, and nothing is ended: its hub may have slept with its machine, and writes another.
 */
const orphansOf = ({ page, hubPid, isStale }: FoundPage): readonly LedgerEntry[] | undefined => {
  const inDoubt = isStale ? [] : undefined;
  // One that is half written is so by a hub that lives, or was killed at that moment.
  if (page === undefined) return isProcessAlive(hubPid, null) ? inDoubt : [];
  const { hub, groups } = page;
  const { boot = null, namespace = null } = bootAndNamespace();
  // Nothing survives a boot. In another space the same numbers are other processes.
  if (hub.boot !== boot) return [];
  if (hub.namespace !== namespace) return inDoubt;
  if (!isProcessAlive(hub.pid, hub.start)) return groups;
  return hub.start === null ? inDoubt : undefined;
};

const endOrphan = async (entry: LedgerEntry): Promise<boolean> => {
  if (!(await isSameGroup(entry))) return false;
  await createProcessGroup(entry.pid).sweep(GRACE_MS);
  return true;
};
