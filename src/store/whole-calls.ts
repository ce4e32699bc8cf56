import type { FinishedRow, LogRow } from './log-rows.ts';

/**
 * Which calls begin and end among the rows: at the places of both rows stands the end. Each such call is written once, at its
 * beginning.
 */
export const endsOfWholeCalls = (rows: readonly LogRow[]): ReadonlyArray<FinishedRow | undefined> => {
  const begun = new Map<string, number>();
  const ends = new Array<FinishedRow | undefined>(rows.length).fill(undefined);
  for (let place = 0; place < rows.length; place += 1) {
    const row = rows[place] as LogRow;
    if (row.type === 'call.started') begun.set(row.callId, place);
    if (row.type !== 'call.finished') continue;
    const beginning = begun.get(row.callId);
    if (beginning === undefined) continue;
    ends[beginning] = row;
    ends[place] = row;
  }
  return ends;
};
