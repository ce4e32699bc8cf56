import { createFailureWindow } from './failure-window.ts';

/** What makes it open: so many failures one after the other, or half of at least ten calls within a minute. */
const FAILURES_IN_A_ROW = 5;
const MIN_CALLS = 10;
const FAILURE_RATIO = 0.5;

/** How long it stays open: doubled each time that the probe fails, and drawn from 20 % below to 20 % above. Milliseconds. */
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 300_000;
const JITTER = 0.2;

/** How a call ended, as far as the way to its upstream is concerned. `neither`: it says nothing about that. */
export type Verdict = 'answered' | 'failed' | 'neither';

export type BreakerPhase = 'closed' | 'open' | 'half-open';

/** Told of each change: why, and for how long it is open. */
export type OnPhase = (phase: BreakerPhase, why: string, openMs: number) => void;

export interface BreakerState {
  /** Whether calls go through unhindered. */
  readonly isClosed: boolean;
  /** How long it is until a call may go through; 0 = one may now. Milliseconds. */
  waitMs(): number;
  /** How long it has been open, in milliseconds. */
  openSinceMs(): number;
  /** Lets one call through to try; its end is told to `settleProbe`. Only where `waitMs()` is 0. */
  beginProbe(): void;
  settleProbe(verdict: Verdict, why: string, retryAfterMs?: number): void;
  /** The end of a call that went through while it was closed. */
  settle(verdict: Verdict, why: string, retryAfterMs?: number): void;
}

export interface BreakerStateOptions {
  readonly onPhase: OnPhase;
  /** The clock, in milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Closed, it counts; open, it lets nothing through for a while; then half-open, one call, whose end decides. */
export const createBreakerState = ({ onPhase, now, random }: BreakerStateOptions): BreakerState => {
  const recent = createFailureWindow(now);
  let phase: BreakerPhase = 'closed';
  let inARow = 0;
  let timesOpened = 0;
  let openedAt = 0;
  let openUntil = 0;

  const open = (why: string, retryAfterMs: number): void => {
    if (timesOpened === 0) openedAt = now();
    const plainMs = Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** timesOpened);
    const openMs = Math.max(Math.round(plainMs * (1 - JITTER + 2 * JITTER * random())), retryAfterMs);
    timesOpened += 1;
    openUntil = now() + openMs;
    phase = 'open';
    onPhase(phase, why, openMs);
  };
  const close = (): void => {
    phase = 'closed';
    inARow = 0;
    timesOpened = 0;
    recent.clear();
    onPhase(phase, 'it has answered again', 0);
  };

  return {
    get isClosed() {
      return phase === 'closed';
    },
    waitMs: () => (phase === 'half-open' ? PROBE_WAIT_MS : Math.max(0, openUntil - now())),
    openSinceMs: () => now() - openedAt,
    beginProbe() {
      phase = 'half-open';
      onPhase(phase, 'one call tries it', 0);
    },
    settleProbe(verdict, why, retryAfterMs = 0) {
      if (verdict === 'answered') close();
      else if (verdict === 'failed') open(`the call that tried it failed: ${why}`, retryAfterMs);
      // Nothing is known by it: the next call tries.
      else phase = 'open';
    },
    settle(verdict, why, retryAfterMs = 0) {
      if (phase !== 'closed' || verdict === 'neither') return;
      recent.add(verdict === 'failed');
      inARow = verdict === 'failed' ? inARow + 1 : 0;
      if (inARow >= FAILURES_IN_A_ROW) open(`${inARow} calls in a row failed, the last because ${why}`, retryAfterMs);
      else if (verdict === 'failed' && recent.calls >= MIN_CALLS && recent.failures >= recent.calls * FAILURE_RATIO) {
        open(`${recent.failures} of ${recent.calls} calls of a minute failed, the last because ${why}`, retryAfterMs);
      }
    },
  };
};

/** When to come again while a call is trying. */
const PROBE_WAIT_MS = 1_000;
