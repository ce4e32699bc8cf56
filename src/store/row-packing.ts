import type { FinishedRow, LogRow, StartedRow } from './log-rows.ts';

/**
 * Rows as one list of values, which costs far less to hand to another thread than an object for each of them: the names of
 * the members of every object would go along.
 */
export type PackedRows = readonly unknown[];

const STARTED = 1;
const FINISHED = 2;
const OTHER = 0;

export const packRows = (rows: readonly LogRow[]): PackedRows => {
  const values: unknown[] = [];
  for (const row of rows) {
    if (row.type === 'call.started') {
      values.push(STARTED, row.callId, row.clientId, row.method, row.upstream, row.qualifiedName, row.ownName);
      values.push(row.startedAt, row.bytesIn, row.request);
    } else if (row.type === 'call.finished') {
      values.push(FINISHED, row.callId, row.outcome, row.errorCode, row.errorMessage, row.durationMs, row.hubMs);
      values.push(row.upstreamMs, row.bytesOut, row.result);
    } else values.push(OTHER, row);
  }
  return values;
};

/** The same rows; a member that was left out is undefined. */
export const unpackRows = (values: PackedRows): LogRow[] => {
  const rows: LogRow[] = [];
  for (let at = 0; at < values.length; ) {
    const kind = values[at];
    if (kind === OTHER) {
      rows.push(values[at + 1] as LogRow);
      at += 2;
    } else {
      rows.push(kind === STARTED ? startedFrom(values, at + 1) : finishedFrom(values, at + 1));
      at += CALL_VALUES;
    }
  }
  return rows;
};

/** Of the beginning of a call and of its end, with their kinds. */
const CALL_VALUES = 10;

const startedFrom = (values: PackedRows, at: number): StartedRow =>
  ({
    type: 'call.started',
    callId: values[at],
    clientId: values[at + 1],
    method: values[at + 2],
    upstream: values[at + 3],
    qualifiedName: values[at + 4],
    ownName: values[at + 5],
    startedAt: values[at + 6],
    bytesIn: values[at + 7],
    request: values[at + 8],
  }) as StartedRow;

const finishedFrom = (values: PackedRows, at: number): FinishedRow =>
  ({
    type: 'call.finished',
    callId: values[at],
    outcome: values[at + 1],
    errorCode: values[at + 2],
    errorMessage: values[at + 3],
    durationMs: values[at + 4],
    hubMs: values[at + 5],
    upstreamMs: values[at + 6],
    bytesOut: values[at + 7],
    result: values[at + 8],
  }) as FinishedRow;
