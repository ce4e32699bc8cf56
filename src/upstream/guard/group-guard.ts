import { randomInt } from 'node:crypto';
import { processStart } from '../../utils/process-start.ts';
import { createGuardProcess, type GuardProcess } from './guard-process.ts';
import { createLedger, type LedgerEntry } from './ledger.ts';

export interface Expected {
  /** Undefined where nobody looks for it. */
  readonly mark: string | undefined;
  settle(): void;
}

/** Of ten digits, so that none is the beginning of another. */
const FIRST_MARK = 1_000_000_000;
const MARKS = 9_000_000_000;

/** Sees to it that no group of processes outlives its hub, also where the hub has no time to end them itself. */
export interface GroupGuard {
  /**
   * Is told before a process is started, so that it is ended too where the hub is killed before it knows it.
   * @returns what has to stand in its environment as `MCP_HUB_START`, and what says that it is watched over or was not started.
   */
  expect(): Expected;
  /** Watches over a group, by its leader, which has just been started. @returns what says that the group is gone. */
  watch(leaderPid: number): () => void;
  /** Ends the guard; resolves when it is gone. */
  close(): Promise<void>;
  /** The process that watches, where there is one. */
  readonly pid: number | undefined;
}

/**
 * One for a hub: a process beside it that ends the groups when the hub is gone, and a ledger for the case that this
 * process is gone too, by which the next hub ends what is left. Nothing is started, read or written before the first group is
 * about to be.
 * On Windows, where there are no groups, the ledger alone; that is untested.
 */
export const createGroupGuard = (stateDir: string): GroupGuard => {
  const groups = new Map<number, LedgerEntry>();
  const ledger = createLedger(stateDir);
  const guard: GuardProcess | undefined = process.platform === 'win32' ? undefined : createGuardProcess();

  return {
    get pid() {
      return guard?.pid;
    },
    expect() {
      if (guard === undefined) return { mark: undefined, settle: () => {} };
      const mark = randomInt(FIRST_MARK, FIRST_MARK + MARKS);
      guard.expect(mark);
      return { mark: String(mark), settle: () => guard.settle(mark) };
    },
    watch(pid) {
      const entry = { pid, start: processStart(pid) ?? null, at: Date.now() };
      groups.set(pid, entry);
      guard?.add({ pid, ticks: entry.start?.split(' ')[1] ?? '0' });
      ledger.write(groups.values());
      return () => {
        if (groups.get(pid) !== entry) return;
        groups.delete(pid);
        guard?.remove(pid);
        ledger.write(groups.values());
      };
    },
    async close() {
      await Promise.all([ledger.settled(), guard?.close()]);
    },
  };
};
