import type { CallRow } from '../../store/log-reader.ts';
import { tookMs } from '../filter/match-call.ts';

/** A common axis of time for some calls: where on it a moment lies, from 0 to 1. */
export interface TimeAxis {
  place(at: number): number;
  /** How long the axis is; without the waits that it leaves out. */
  readonly lengthMs: number;
  /** Waits that are left out. */
  readonly cutMs: number;
}

interface Stretch {
  readonly from: number;
  readonly until: number;
  /** Where it begins on the axis, in milliseconds from its beginning. */
  readonly begin: number;
}

/** Of the time in which calls run, so much is left of each wait between them. */
const WAIT_SHARE = 0.03;

/**
 * An axis on which all of the calls lie. Most of the time of a session nobody calls anything, since the model thinks or the
 * person reads: with `cutsWaits` such waits are short, so that it can be seen what ran beside what.
 */
export const createTimeAxis = (calls: readonly CallRow[], now: number, cutsWaits: boolean): TimeAxis => {
  const busy = stretchesOf(calls, now);
  const busyMs = busy.reduce((sum, { from, until }) => sum + until - from, 0);
  const longestWait = cutsWaits ? Math.max(1, busyMs * WAIT_SHARE) : Number.POSITIVE_INFINITY;
  const laid: Stretch[] = [];
  let begin = 0;
  let cutMs = 0;
  for (const [index, { from, until }] of busy.entries()) {
    const before = busy[index - 1];
    const wait = before === undefined ? 0 : from - before.until;
    cutMs += Math.max(0, wait - longestWait);
    begin += Math.min(wait, longestWait);
    laid.push({ from, until, begin });
    begin += until - from;
  }
  const lengthMs = Math.max(1, begin);
  return {
    lengthMs,
    cutMs,
    place: (at) => {
      const stretch = laid.findLast(({ from }) => from <= at) ?? laid[0];
      if (stretch === undefined) return 0;
      return Math.min(1, (stretch.begin + Math.min(at, stretch.until) - stretch.from) / lengthMs);
    },
  };
};

/** The times in which at least one call runs. */
const stretchesOf = (calls: readonly CallRow[], now: number): { from: number; until: number }[] => {
  const stretches: { from: number; until: number }[] = [];
  for (const call of calls.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const until = call.startedAt + tookMs(call, now);
    const last = stretches.at(-1);
    if (last !== undefined && call.startedAt <= last.until) last.until = Math.max(last.until, until);
    else stretches.push({ from: call.startedAt, until });
  }
  return stretches;
};
