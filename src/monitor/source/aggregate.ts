import type { CallRow } from '../../store/log-reader.ts';
import { hasFailed } from '../filter/match-call.ts';
import type { Latency, StatsView, Talker, ToolView } from './monitor-source.ts';

/** Parts of the time window that a timeline has. */
export const TIMELINE_PARTS = 60;

/** Upper ends of the classes of the latency histogram, in milliseconds; the last class has none. */
export const HISTOGRAM_LIMITS: readonly (number | undefined)[] = [10, 30, 100, 300, 1000, 3000, 10_000, undefined];

/** The middle duration, and the one that 95 % do not exceed; undefined where no call has ended. */
export const latencyOf = (calls: readonly CallRow[]): (Latency & { readonly max: number }) | undefined => {
  const durations = calls.flatMap(({ durationMs }) => durationMs ?? []).sort((a, b) => a - b);
  const at = (part: number): number => durations[Math.ceil(durations.length * part) - 1] ?? 0;
  return durations.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95), max: at(1) };
};

/** How many calls began in each of `parts` equal parts of the time. */
export const timelineOf = (
  calls: readonly CallRow[],
  { sinceMs, now, parts = TIMELINE_PARTS }: { sinceMs: number; now: number; parts?: number },
): number[] => {
  const columns = new Array<number>(parts).fill(0);
  const length = Math.max(1, now - sinceMs);
  for (const { startedAt } of calls) {
    const part = Math.min(parts - 1, Math.floor(((startedAt - sinceMs) / length) * parts));
    if (part >= 0) columns[part] = (columns[part] ?? 0) + 1;
  }
  return columns;
};

export const failuresOf = (calls: readonly CallRow[]): number => calls.filter(hasFailed).length;

export const histogramOf = (calls: readonly CallRow[]): StatsView['histogram'] => {
  const counts = HISTOGRAM_LIMITS.map(() => 0);
  for (const { durationMs } of calls) {
    if (durationMs === undefined) continue;
    const place = HISTOGRAM_LIMITS.findIndex((limit) => limit === undefined || durationMs < limit);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return HISTOGRAM_LIMITS.map((belowMs, place) => ({
    ...(belowMs === undefined ? {} : { belowMs }),
    calls: counts[place] ?? 0,
  }));
};

/** Bad ends by what kind they are, the most frequent first, each with the latest message of it. */
export const errorsByKind = (calls: readonly CallRow[]): StatsView['errors'] => {
  const kinds = new Map<string, { calls: number; example?: string }>();
  for (const call of calls.filter(hasFailed)) {
    const kind = kinds.get(call.outcome) ?? { calls: 0 };
    kind.calls += 1;
    if (call.errorMessage !== undefined) kind.example = `${call.upstream ?? '-'}: ${call.errorMessage}`;
    kinds.set(call.outcome, kind);
  }
  return [...kinds].map(([kind, rest]) => ({ kind, ...rest })).sort((a, b) => b.calls - a.calls);
};

/** Who takes part in most calls, most first. */
export const talkersOf = (calls: readonly CallRow[], nameOf: (call: CallRow) => string): Talker[] => {
  const names = new Map<string, { calls: number; bytes: number }>();
  for (const call of calls) {
    const name = nameOf(call);
    const talker = names.get(name) ?? { calls: 0, bytes: 0 };
    talker.calls += 1;
    talker.bytes += call.bytesIn + (call.bytesOut ?? 0);
    names.set(name, talker);
  }
  return [...names].map(([name, rest]) => ({ name, ...rest })).sort((a, b) => b.calls - a.calls);
};

/** What the calls of one tool say of it. */
export const toolUse = (
  calls: readonly CallRow[],
): Omit<ToolView, 'name' | 'server' | 'ownName' | 'definitionBytes'> => {
  const latencyMs = latencyOf(calls);
  const sizes = calls.flatMap(({ bytesOut }) => bytesOut ?? []);
  return {
    calls: calls.length,
    errors: failuresOf(calls),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(sizes.length === 0 ? {} : { resultBytes: sizes.reduce((sum, each) => sum + each, 0) / sizes.length }),
    ...(calls.length === 0 ? {} : { lastUsedAt: Math.max(...calls.map(({ startedAt }) => startedAt)) }),
  };
};
