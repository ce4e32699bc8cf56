const SLOT_MS = 10_000;
const SLOTS = 6;

/** Counts answers and failures of the last minute, in slots of ten seconds. */
export interface FailureWindow {
  add(isFailure: boolean): void;
  clear(): void;
  readonly calls: number;
  readonly failures: number;
}

/** @param now the clock, in milliseconds. */
export const createFailureWindow = (now: () => number): FailureWindow => {
  const calls = new Array<number>(SLOTS).fill(0);
  const failures = new Array<number>(SLOTS).fill(0);
  let slot = Math.floor(now() / SLOT_MS);
  const roll = (): number => {
    const current = Math.floor(now() / SLOT_MS);
    if (current !== slot) {
      for (let index = Math.max(slot + 1, current - SLOTS + 1); index <= current; index += 1) {
        calls[index % SLOTS] = 0;
        failures[index % SLOTS] = 0;
      }
      slot = current;
    }
    return current % SLOTS;
  };
  const sum = (counts: readonly number[]): number => {
    roll();
    return counts.reduce((total, count) => total + count, 0);
  };
  return {
    add(isFailure) {
      const index = roll();
      calls[index] = (calls[index] ?? 0) + 1;
      if (isFailure) failures[index] = (failures[index] ?? 0) + 1;
    },
    clear() {
      calls.fill(0);
      failures.fill(0);
    },
    get calls() {
      return sum(calls);
    },
    get failures() {
      return sum(failures);
    },
  };
};
