import type { CallRow } from '../../store/log-reader.ts';
import type { Control } from './control.ts';
import type { MonitorState } from './state.ts';

/** A running call is late when it takes so many times what 95 % of its tool's calls take at most. */
const TIMES_USUAL = 3;

/** Where nothing is known of its tool. Milliseconds. */
const LATE_WITHOUT_PAST_MS = 10_000;

/** Nobody waits for what takes less, however quick the tool usually is. Milliseconds. */
const NEVER_LATE_MS = 2_000;

/** Looks up for the running calls of a list from when on each is late. */
export const noteLateLimits = (control: Control, calls: readonly CallRow[]): void => {
  const limits = new Map<number, number>();
  for (const call of calls) if (call.outcome === 'running') limits.set(call.id, limitOf(control, call));
  if (limits.size > 0 || control.state().lateAfterMs.size > 0) control.set({ lateAfterMs: limits });
};

/** Whether a call runs so long that something may be wrong with it. `ms`: how long it has taken. */
export const isLate = ({ lateAfterMs }: MonitorState, { id, outcome }: CallRow, ms: number): boolean =>
  outcome === 'running' && ms > (lateAfterMs.get(id) ?? LATE_WITHOUT_PAST_MS);

const limitOf = ({ source }: Control, { method, upstream, ownName }: CallRow): number => {
  const isOfTool = method === 'tools/call' && upstream !== undefined && ownName !== undefined;
  const p95 = isOfTool ? source.usualMs({ upstream, ownName }) : undefined;
  return p95 === undefined ? LATE_WITHOUT_PAST_MS : Math.max(NEVER_LATE_MS, TIMES_USUAL * p95);
};
