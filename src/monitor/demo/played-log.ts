import type { CallRow } from '../../store/log-reader.ts';
import { matchesCall } from '../filter/match-call.ts';
import type { CallDetail, CallQuery, CallsFound } from '../source/monitor-source.ts';
import { demoTool } from './cast/tools.ts';
import { playedRow, stderrOf, withPayloads } from './played-row.ts';
import { type PlayedCall, playUntil } from './script.ts';

/** So much of the play is made at a time. Milliseconds. */
const AHEAD_MS = 60_000;

/** The calls of the play that have begun, and those that the person has made again. */
export interface PlayedLog {
  /** Oldest first. */
  rows(): CallRow[];
  rowsSince(sinceMs: number): CallRow[];
  find(query: CallQuery): CallsFound;
  call(id: number): CallDetail | undefined;
  /** What a server has said on standard error in its last calls, the oldest first. */
  stderrOf(server: string): CallDetail['stderr'];
  /** Makes a call again; gives the sentence about it. */
  replay(call: CallRow): string;
}

export const createPlayedLog = (startOfDemo: number, now: () => number): PlayedLog => {
  const replayed: PlayedCall[] = [];
  let played: readonly PlayedCall[] = [];
  let playedUntil = Number.NEGATIVE_INFINITY;

  const begun = (): readonly PlayedCall[] => {
    const elapsed = now() - startOfDemo;
    if (elapsed >= playedUntil) {
      playedUntil = Math.max(elapsed, 0) + AHEAD_MS;
      played = playUntil(playedUntil);
    }
    return [...played.filter(({ at }) => at <= elapsed), ...replayed].sort((a, b) => a.at - b.at);
  };
  const rows = (): CallRow[] => begun().map((call, index) => playedRow(call, index + 1, startOfDemo, now()));
  const heard = (calls: readonly PlayedCall[]): CallDetail['stderr'] =>
    calls.flatMap((call) => stderrOf(call, startOfDemo, now())).sort((a, b) => a.at - b.at);

  return {
    rows,
    rowsSince: (sinceMs) => rows().filter(({ startedAt }) => startedAt >= sinceMs),
    find: ({ match, afterId, beforeId, ids, limit }) => {
      const found = rows().filter(
        (row) =>
          (afterId === undefined || row.id > afterId) &&
          (beforeId === undefined || row.id < beforeId) &&
          (ids === undefined || ids.includes(row.id)) &&
          matchesCall(row, match, now()),
      );
      const calls = afterId === undefined ? found.slice(-limit) : found.slice(0, limit);
      const edge = afterId === undefined ? calls[0] : calls.at(-1);
      return { calls, ...(calls.length < found.length && edge !== undefined ? { reachedId: edge.id } : {}) };
    },
    call: (id) => {
      const all = begun();
      const call = all[id - 1];
      if (call === undefined) return undefined;
      const near = all.filter(
        ({ tool, at, tookMs }) =>
          tool.server === call.tool.server && at + tookMs >= call.at && at <= call.at + call.tookMs,
      );
      return {
        call: withPayloads(playedRow(call, id, startOfDemo, now()), call),
        attempts: [],
        stderr: heard(near),
        isSafeToReplay: call.tool.isReadOnly,
      };
    },
    stderrOf: (server) =>
      heard(
        begun()
          .filter(({ tool }) => tool.server === server)
          .slice(-LAST_CALLS),
      ),
    replay: ({ id, upstream, ownName }) => {
      const tool = demoTool(upstream ?? '', ownName ?? '');
      const variant = begun()[id - 1]?.variant ?? 0;
      const at = now() - startOfDemo;
      replayed.push({ at, client: 'desktop', tool, tookMs: tool.usualMs, isFailed: false, variant });
      return `${tool.name} was called again`;
    },
  };
};

const LAST_CALLS = 20;
