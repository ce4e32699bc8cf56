import type { CallSums } from './call-sums.ts';
import { linkOfEnd, linkOfStart } from './chain.ts';
import type { FinishedRow, StartedRow } from './log-rows.ts';
import type { BegunCall, CallEnd, CallStart, ChainHead, Statements } from './row-statements.ts';
import { milliseconds, type StoredPayload, type StoredValues, whole } from './stored-values.ts';
import { toolErrorText } from './tool-error-text.ts';

/** Writes calls, and counts those that have ended. An entry that cannot be stored leaves the chain as it was. */
export interface CallRows {
  /** @param end where it is known already: the whole call is one entry then */
  start(head: ChainHead, client: number, row: StartedRow, end: FinishedRow | undefined): void;
  finish(head: ChainHead, row: FinishedRow): void;
}

export const createCallRows = (statements: Statements, sums: CallSums, stored: StoredValues): CallRows => {
  const { text, name, payload } = stored;
  const count = (begun: BegunCall, [durationMs, outcome, , , bytesOut, hubMs]: CallEnd): void =>
    sums.add({ ...begun, durationMs, outcome, bytesOut, hubMs });
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
  const insert = (head: ChainHead, start: CallStart, end: CallEnd | undefined): void => {
    if (head.hash === null) {
      statements.insertUnlinked.run(...start, ...(end ?? NO_END));
      return;
    }
    const seq = head.seq + 1;
    const link = linkOfStart(head.hash, seq, start, end);
    statements.insertCall.run(...start, ...(end ?? NO_END), seq, link);
    moveTo(head, seq, link);
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
      insert(head, start, values);
      if (values !== undefined) count(startedCall(start), values);
    },
    finish(head, row) {
      const end = endOf(row);
      const seq = head.seq + 1;
      const link = head.hash === null ? null : linkOfEnd(head.hash, seq, row.callId, end);
      const begun = statements.finishCall.get(...end, link === null ? null : seq, link, row.callId);
      if (begun === undefined) return;
      moveTo(head, seq, link);
      count(begun, end);
    },
  };
};

/** Secrets have been taken out of what is stored. */
const wordsOfTool = (outcome: CallEnd[1], { text }: StoredPayload): string | undefined =>
  outcome === 'tool_error' && text !== null ? toolErrorText(text) : undefined;

const NO_END: CallEnd = [null, null, null, null, null, null, null, 0, null];

const startedCall = ([
  ,
  ,
  client,
  upstream,
  method,
  qualifiedName,
  ownName,
  startedAt,
  bytesIn,
]: CallStart): BegunCall => ({
  client,
  upstream,
  method,
  qualifiedName,
  ownName,
  startedAt,
  bytesIn,
});

const moveTo = (head: ChainHead, seq: number, hash: string | null): void => {
  if (hash === null) return;
  head.seq = seq;
  head.hash = hash;
};
