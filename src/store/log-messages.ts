import type { LogConfig } from '../config/hub-config.ts';
import type { PackedRows } from './row-packing.ts';

/** What the thread that writes is given when it starts. */
export interface LogWorkerData {
  readonly stateDir: string;
  readonly config: LogConfig;
  readonly upkeep: UpkeepTimes;
}

/** What the thread that checks is given. It tells what it has found, a `CheckResult`, and ends. */
export interface CheckWorkerData {
  /** The database. */
  readonly checkedPath: string;
}

/** `unknown`: it could not be looked at, so that nothing is known of it. */
export type CheckResult = { readonly kind: 'sound' | 'unknown' } | { readonly kind: 'damaged'; readonly why: string };

/** When old calls are deleted. */
export interface UpkeepTimes {
  /** After the first write. Default: 2 000. */
  readonly firstAfterMs: number;
  /** Between two times. Default: one hour. */
  readonly everyMs: number;
}

/** Asked of the thread that writes; each `write` and `retry` gets one answer. */
export type LogRequest =
  | {
      readonly kind: 'write';
      readonly rows: PackedRows;
      /** Rows that were lost before these. */
      readonly lost: number;
      /** Patterns by which these and all later rows are redacted beside those of the configuration. Default: as before. */
      readonly redact?: readonly string[];
    }
  /** Try once more to write what could not be written. */
  | { readonly kind: 'retry' }
  /** Close the database and end. */
  | { readonly kind: 'close' };

/** All that was handed over has been committed; or nothing of it, it is kept by the thread, and this is why. */
export type LogAnswer =
  | { readonly kind: 'written' }
  | { readonly kind: 'failed'; readonly problem: string; readonly retryMs: number };

/** Something that a person should know and that stopped nothing. */
export interface LogNotice {
  readonly kind: 'notice';
  readonly message: string;
}
