/**
 * The pauses between starts of an upstream that keeps failing: 0.5 s, 2 s, 8 s, 32 s, 60 s. One that was only not ready yet is
 * there soon, and with the two processes that the first attempt may take it makes at most five in any 30 s. Milliseconds.
 */
const FIRST_PAUSE_MS = 500;
const GROWTH = 4;
const LONGEST_PAUSE_MS = 60_000;
const REFUSED_PAUSE_MS = 1_000;

/** After this long in good health an upstream counts as sound again. */
const SOUND_AFTER_MS = 60_000;

export interface RestartBackoff {
  /** It could not be started: the next start waits, four times as long each time, up to 60 s. */
  startFailed(): void;
  /** It wants something of its person, who may have done it a moment later: the next start waits a second, however often. */
  refused(): void;
  /** It ended after it had been up for `upMs`: the first time it may start again at once, then as for a failed start. */
  crashed(upMs: number): void;
  /** How long the next start has to wait; 0 = not at all. */
  waitMs(): number;
}

/** @param now the clock, in milliseconds; default: the process clock. */
export const createRestartBackoff = (now: () => number = () => performance.now()): RestartBackoff => {
  let failures = 0;
  let allowedAt = 0;
  const pause = (): void => {
    allowedAt = now() + Math.min(FIRST_PAUSE_MS * GROWTH ** (failures - 1), LONGEST_PAUSE_MS);
  };
  return {
    startFailed() {
      failures += 1;
      pause();
    },
    refused() {
      allowedAt = now() + REFUSED_PAUSE_MS;
    },
    crashed(upMs) {
      failures = upMs >= SOUND_AFTER_MS ? 0 : failures + 1;
      if (failures > 1) pause();
    },
    waitMs: () => Math.max(0, allowedAt - now()),
  };
};
