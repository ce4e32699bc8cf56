import type Database from 'better-sqlite3';
import type { LogConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';
import { openDatabase, replaceDamaged } from './database.ts';
import { databasePath } from './database-path.ts';
import { settleLostCalls } from './ended-runs.ts';
import { fileIdentity } from './file-identity.ts';
import type { LogAnswer, LogRequest } from './log-messages.ts';
import { type LogRow, rowBytes, withoutPayload } from './log-rows.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { type DeletionStep, deleteBeyond, usedBytes } from './retention.ts';
import { createRowWriter, type Identities, type RowWriter } from './row-writer.ts';
import { isBusy, isCorruption, isFull } from './sqlite-errors.ts';
import { runUpkeep } from './upkeep.ts';

export interface LogWriterOptions {
  readonly stateDir: string;
  readonly config: LogConfig;
  /** Told, in one sentence, of what a person should know although writing goes on. */
  readonly onNotice: (message: string) => void;
}

interface Connection {
  readonly database: Database.Database;
  readonly rows: RowWriter;
  readonly identity: string | undefined;
}

const RETRY_MS = 30_000;
const RETRY_BUSY_MS = 1000;
/** What is kept of a log that has reached `maxBytes`, as a part of it: room is made for a while, not for one row. */
const KEPT_PART = 0.8;

export interface Batch extends Pick<LogRequest & { kind: 'write' }, 'lost' | 'redact'> {
  readonly rows: readonly LogRow[];
}

/**
 * Writes batches of rows to `calls.db`, all of a batch or nothing. What cannot be written is kept until `retry` succeeds.
 * It blocks its thread, for five seconds and more where another process holds the lock.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #path: string;
  #redactor: Redactor;
  readonly #entries: readonly string[];
  readonly #payloadBytes: number;
  readonly #identities: Identities = { run: undefined, clients: new Map(), repeated: new Set() };
  #connection: Connection | undefined;
  #held: LogRow[] = [];
  #lost = 0;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#path = databasePath(options.stateDir);
    const entries = usableEntries(options);
    this.#entries = entries;
    this.#redactor = createRedactor(entries);
    this.#payloadBytes = entries.length < options.config.redact.length ? 0 : options.config.payloadBytes;
  }

  /** Whether a database is open, so that there is something to look after. */
  get isOpen(): boolean {
    return this.#connection !== undefined;
  }

  write({ rows, lost, redact }: Batch): LogAnswer {
    if (redact !== undefined) this.#redactor = createRedactor([...this.#entries, ...redact]);
    this.#held.push(...rows);
    this.#lost += lost;
    return this.retry();
  }

  retry(): LogAnswer {
    try {
      this.#recovering(() => this.#commit());
      return { kind: 'written' };
    } catch (error) {
      if (!isBusy(error)) this.close();
      return { kind: 'failed', problem: this.#explain(error), retryMs: isBusy(error) ? RETRY_BUSY_MS : RETRY_MS };
    }
  }

  /** Deletes what is too old or too much, step by step, so that batches can be written in between. */
  async maintain(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      await runUpkeep(connection.database, this.#options.config);
    } catch (error) {
      if (isCorruption(error) && this.#connection === connection) this.#replace();
      else if (this.#connection === connection && !isBusy(error)) this.#options.onNotice(this.#explain(error));
    }
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.database.close();
  }

  /** Does the work; where the file is damaged, or full of old calls, that is put right and the work is done again. */
  #recovering(work: () => void): void {
    for (let isFirst = true; ; isFirst = false) {
      try {
        work();
        return;
      } catch (error) {
        if (isCorruption(error) && isFirst) this.#replace();
        else if (!isFull(error) || !this.#makeRoom()) throw error;
      }
    }
  }

  #commit(): void {
    const { database, rows } = this.#open();
    const store = database.transaction(() => {
      const refused = rows.write(this.#held);
      const lost = this.#lost + refused;
      if (lost > 0) rows.write([lossOf(lost)]);
    });
    store.immediate();
    this.#held = [];
    this.#lost = 0;
  }

  /** The open connection; a new one where the file has been moved or deleted since. */
  #open(): Connection {
    if (this.#connection !== undefined && this.#connection.identity !== fileIdentity(this.#path)) this.close();
    if (this.#connection !== undefined) return this.#connection;
    this.#connection = this.#connect();
    settleLostCalls(this.#connection.database);
    return this.#connection;
  }

  #connect(): Connection {
    const { durability, maxBytes, chain } = this.#options.config;
    const database = openDatabase({ path: this.#path, durability, maxBytes, onNotice: this.#notice });
    const rows = createRowWriter({
      database,
      identities: this.#identities,
      redactor: {
        payload: (text, encoding, maxBytes) => this.#redactor.payload(text, encoding, maxBytes),
        text: (text, maxChars) => this.#redactor.text(text, maxChars),
      },
      payloadBytes: this.#payloadBytes,
      isChained: chain ?? durability === 'audit',
    });
    return { database, rows, identity: fileIdentity(this.#path) };
  }

  #replace(): void {
    const identity = this.#connection?.identity;
    this.close();
    replaceDamaged({ path: this.#path, onNotice: this.#notice }, identity);
  }

  /**
   * Deletes the oldest calls where it is they that fill the log, or gives up payloads that are too large for it. Where the
   * disk is full of other things neither happens.
   */
  #makeRoom(): boolean {
    const { maxBytes } = this.#options.config;
    const database = this.#connection?.database;
    if (database === undefined) return false;
    const used = usedBytes(database);
    if (used >= maxBytes / 2 && deleteAll(deleteBeyond(database, used * KEPT_PART))) return true;
    const held = this.#held.map((row) => withoutPayload(row) ?? row);
    if (bytesOf(this.#held) < maxBytes / 4 || bytesOf(held) === bytesOf(this.#held)) return false;
    this.#held = held;
    return true;
  }

  /** Told to the person at once, and written to the log with the next rows. */
  #notice = (message: string): void => {
    this.#held.push({ type: 'problem', message, at: Date.now() });
    this.#options.onNotice(message);
  };

  #explain(error: unknown): string {
    const why = error instanceof Error ? error.message : String(error);
    const what = error instanceof HubError ? `${why}: ${error.hint}` : `${this.#path} cannot be written: ${why}`;
    return `Calls are not logged: ${what}`;
  }
}

/** The entries of `hub.log.redact` that can be used; where there are others, no payload may be stored. */
const usableEntries = ({ config, onNotice }: LogWriterOptions): string[] =>
  config.redact.filter((entry) => {
    try {
      createRedactor([entry]);
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      onNotice(`Requests and results are not logged, because an entry of hub.log.redact is wrong: ${why}`);
      return false;
    }
  });

/** Whether the step deleted anything. */
const deleteAll = (step: DeletionStep): boolean => {
  let hasDeleted = false;
  while (step()) hasDeleted = true;
  return hasDeleted;
};

const bytesOf = (rows: readonly LogRow[]): number => rows.reduce((sum, row) => sum + rowBytes(row), 0);

const lossOf = (count: number): LogRow => ({
  type: 'problem',
  message: `${count} ${count === 1 ? 'entry' : 'entries'} of the log could not be written and ${count === 1 ? 'is' : 'are'} lost`,
  at: Date.now(),
});
