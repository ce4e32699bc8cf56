import type Database from 'better-sqlite3';
import { createCallInserts, NO_END } from './call-inserts.ts';
import type { CallSums, EndedCall } from './call-sums.ts';
import { linkOfEnd, linkOfStart } from './chain.ts';
import type { FinishedRow, StartedRow } from './log-rows.ts';
import type { CallEnd, CallStart, ChainHead, Statements } from './row-statements.ts';
import { milliseconds, type StoredPayload, type StoredValues, whole } from './stored-values.ts';
import { toolErrorText } from './tool-error-text.ts';

/** Writes calls, and counts those that have ended. An entry that cannot be stored leaves the chain as it was. */
export interface CallRows {
  /**
   * Writes the beginning of a call, where the run has no chain no later than `flush`.
   * @param end where it is known already: the whole call is one entry then
   */
  start(head: ChainHead, client: number, row: StartedRow, end: FinishedRow | undefined): void;
  /** Writes the end of a call whose beginning is in the database. */
  finish(head: ChainHead, row: FinishedRow): void;
  /** Writes all that has begun. */
  flush(): void;
  /** Forgets what is in line, and what was refused: a transaction that failed leaves it behind. */
  clear(): void;
  /** How many calls could not be stored at all since this was last asked. */
  takeRefused(): number;
}

export const createCallRows = (
  database: Database.Database,
  statements: Statements,
  sums: CallSums,
  stored: StoredValues,
): CallRows => {
  const { text, name, payload } = stored;
  const inserts = createCallInserts(database, (start, end) => sums.add(wholeCall(start, end)));
  const endOf = (row: FinishedRow): CallEnd => {
    const result = payload(row.result, 'latin1');
    return [
      milliseconds(row.durationMs),
      row.outcome,
      row.errorCode === undefined ? null : whole(row.errorCode),
      text(row.errorMessage ?? wordsOfTool(row.outcome, result)),
      whole(row.bytesOut),
      milliseconds(row.hubMs),
      milliseconds(row.upstreamMs),
      result.isCut,
      result.text,
    ];
  };
  const insertLinked = (head: ChainHead, start: CallStart, end: CallEnd | undefined): void => {
    const seq = head.seq + 1;
    const link = linkOfStart(head.hash as string, seq, start, end);
    statements.insertCall.run(...start, ...(end ?? NO_END), seq, link);
    moveTo(head, seq, link);
    if (end !== undefined) sums.add(wholeCall(start, end));
  };
  return {
    start(head, client, row, end) {
      const request = payload(row.request, 'utf8');
      const start: CallStart = [
        row.callId,
        head.run,
        client,
        row.upstream ?? null,
        row.method,
        name(row.qualifiedName),
        name(row.ownName),
        whole(row.startedAt),
        whole(row.bytesIn),
        request.isCut,
        request.text,
      ];
      const values = end && endOf(end);
      if (head.hash === null) inserts.add(start, values);
      else insertLinked(head, start, values);
    },
    finish(head, row) {
      const end = endOf(row);
      const seq = head.seq + 1;
      const link = head.hash === null ? null : linkOfEnd(head.hash, seq, row.callId, end);
      const begun = statements.finishCall.get(...end, link === null ? null : seq, link, row.callId);
      if (begun === undefined) return;
      moveTo(head, seq, link);
      const [durationMs, outcome, , , bytesOut, hubMs] = end;
      sums.add({ ...begun, durationMs, outcome, bytesOut, hubMs });
    },
    flush: inserts.flush,
    clear: inserts.clear,
    takeRefused: inserts.takeRefused,
  };
};

/** Secrets have been taken out of what is stored. */
const wordsOfTool = (outcome: CallEnd[1], { text }: StoredPayload): string | undefined =>
  outcome === 'tool_error' && text !== null ? toolErrorText(text) : undefined;

const wholeCall = (
  [, , client, upstream, method, qualifiedName, ownName, startedAt, bytesIn]: CallStart,
  [durationMs, outcome, , , bytesOut, hubMs]: CallEnd,
): EndedCall => ({
  client,
  upstream,
  method,
  qualifiedName,
  ownName,
  startedAt,
  bytesIn,
  durationMs,
  outcome,
  bytesOut,
  hubMs,
});

const moveTo = (head: ChainHead, seq: number, hash: string | null): void => {
  if (hash === null) return;
  head.seq = seq;
  head.hash = hash;
};
