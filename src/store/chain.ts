import { hash } from 'node:crypto';

/** A value of a row as SQLite keeps it and gives it back. */
export type ChainValue = string | number | null;

/*
 * An entry is the beginning of a call, its end, or both, where they were written together. Entries are counted from 1 in
 * each run of a hub; `seq` is the number. Each holds a link: a hash of the link before it and of all that it says.
 */

/** The columns of `calls` that the entry of a beginning covers, in their order. */
export const START_COLUMNS = [
  'call_id',
  'run',
  'client',
  'upstream',
  'method',
  'qualified_name',
  'own_name',
  'started_at',
  'bytes_in',
  'request_cut',
  'request',
] as const;

/** The columns of `calls` that the entry of an end covers, after the id of its call. */
export const END_COLUMNS = [
  'duration_ms',
  'outcome',
  'error_code',
  'error_message',
  'bytes_out',
  'hub_ms',
  'upstream_ms',
  'result_cut',
  'result',
] as const;

/** The columns of `hub_runs` that the first link of a run's chain covers. */
export const RUN_COLUMNS = ['run_id', 'pid', 'process_start', 'version', 'config_files', 'started_at'] as const;

/** The link that the first entry of a run hangs on. SHA-256 in base64url, as all links. */
export const firstLink = (run: readonly ChainValue[]): string => sha256(`mcp-hub run ${canonical(run)}`);

/** The link of a call's beginning, or of the whole call where its end is there too. It covers the link before it. */
export const linkOfStart = (
  previous: string,
  seq: number,
  start: readonly ChainValue[],
  end: readonly ChainValue[] | undefined,
): string => {
  const text =
    end === undefined
      ? `${previous} start ${seq} ${canonical(start)}`
      : `${previous} whole ${seq} ${canonical(start)}${canonical(end)}`;
  return sha256(text);
};

/** The link of the end of a call whose beginning is an entry of its own. */
export const linkOfEnd = (previous: string, seq: number, callId: string, end: readonly ChainValue[]): string =>
  sha256(`${previous} end ${seq} ${callId.length}:${callId},${canonical(end)}`);

/** Halves of surrogate pairs come back from SQLite as U+FFFD, and are taken for it. */
const sha256 = (text: string): string => hash('sha256', text.toWellFormed(), 'base64url');

/** No two lists of values give the same text: each string stands behind its length. */
const canonical = (values: readonly ChainValue[]): string => {
  let text = '';
  for (const value of values) {
    if (typeof value === 'string') text += `${value.length}:${value},`;
    else if (value === null) text += '-,';
    else text += `${value},`;
  }
  return text;
};
