import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { HubError } from '../errors/hub-error.ts';
import type { Outcome } from '../events/events.ts';
import type { Era } from '../protocol/era.ts';
import type { AttemptRow } from './call-attempts.ts';
import { type CallFilter, selectCalls } from './call-query.ts';
import { databasePath } from './database-path.ts';
import { assertKnownSchema, schemaVersion } from './migrations.ts';
import { isCorruption } from './sqlite-errors.ts';
import { selectUpstreamStatuses, type UpstreamStatus } from './upstream-statuses.ts';
import { type ChainReport, verifyChains } from './verify-chain.ts';

/** One call as the log keeps it. Times are milliseconds since the epoch (`...At`) or durations (`...Ms`); sizes are bytes. */
export interface CallRow {
  /** Ascends with the order of writing, over all hubs. */
  readonly id: number;
  readonly callId: string;
  readonly runId?: string;
  readonly client?: string;
  readonly clientVersion?: string;
  readonly clientId?: string;
  readonly transport?: 'stdio' | 'http';
  readonly era?: Era;
  readonly protocolVersion?: string;
  readonly upstream?: string;
  readonly method: string;
  /** The name or URI that the client used. */
  readonly qualifiedName?: string;
  /** The name or URI that the upstream knows. */
  readonly ownName?: string;
  readonly startedAt: number;
  /** `running`: in flight; `unknown` too where the hub that carried it died before the answer. */
  readonly outcome: Outcome | 'running';
  readonly durationMs?: number;
  readonly hubMs?: number;
  readonly upstreamMs?: number;
  readonly errorCode?: number;
  readonly errorMessage?: string;
  readonly bytesIn: number;
  readonly bytesOut?: number;
  /** JSON text, redacted, cut to `hub.log.payloadBytes`; there only when the filter asks for payloads. */
  readonly request?: string;
  /** Whether `request` is only the beginning of what was sent. */
  readonly isRequestCut: boolean;
  /** JSON text of the result or error, as `request`. */
  readonly result?: string;
  readonly isResultCut: boolean;
  /** Each time that it was sent; absent where that was once: the call says it all then. */
  readonly attempts?: readonly AttemptRow[];
}

/** Reads the log. It never writes, waits at most a second for a lock, and several may be open beside any number of hubs. */
export interface LogReader {
  /** The calls that match, see `CallFilter`. */
  calls(filter: CallFilter): CallRow[];
  /** Changes whenever another connection has committed something; costs microseconds. */
  dataVersion(): number;
  /** What is left of the chain of each run, or of one; see `verifyChains`. Reads the whole log. */
  verify(runId?: string): ChainReport[];
  /** What was last known of each upstream that was ever started, by its name. */
  upstreamStatuses(): Map<string, UpstreamStatus>;
  close(): void;
}

/**
 * Opens the log of a state directory for reading; undefined where no hub has logged anything yet. Nothing is created.
 * @throws HubError STORE_UNAVAILABLE when it cannot be read, or was made by a newer program
 */
export const openLogReader = (stateDir: string): LogReader | undefined => {
  const database = openLogDatabase(stateDir);
  if (database === undefined) return undefined;
  const path = database.name;
  return {
    calls: (filter) => readExplained(path, () => selectCalls(database, filter)),
    dataVersion: () => readExplained(path, () => database.pragma('data_version', { simple: true }) as number),
    verify: (runId) => readExplained(path, () => (hasChains(database) ? verifyChains(database, runId) : [])),
    upstreamStatuses: () => readExplained(path, () => selectUpstreamStatuses(database)),
    close: () => void database.close(),
  };
};

/**
 * Opens the database of a log for reading only; undefined where there is none, or nothing in it.
 * @throws HubError STORE_UNAVAILABLE when it cannot be read, or was made by a newer program
 */
export const openLogDatabase = (stateDir: string): Database.Database | undefined => {
  const path = databasePath(stateDir);
  return existsSync(path) ? readExplained(path, () => openReadOnly(path)) : undefined;
};

/** A log that an older hub has made has none until a newer one writes to it. */
const hasChains = (database: Database.Database): boolean => schemaVersion(database) >= FIRST_WITH_CHAINS;

const FIRST_WITH_CHAINS = 3;

const LOCK_WAIT_MS = 1000;

const openReadOnly = (path: string): Database.Database | undefined => {
  const database = new Database(path, { readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MS });
  try {
    assertKnownSchema(database);
    if (schemaVersion(database) > 0) {
      database.pragma('temp_store = MEMORY');
      return database;
    }
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
};

/** What a query throws, as a sentence that names the file. */
export const readExplained = <T>(path: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof HubError ? error : unreadable(path, error);
  }
};

/** See `replaceDamaged`. */
const DAMAGED_HINT = 'the next call sets it aside and begins a new log: use a tool in your client, or mcp-hub call';

const unreadable = (path: string, error: unknown): HubError => {
  const why = error instanceof Error ? error.message : String(error);
  return new HubError('STORE_UNAVAILABLE', `${path} cannot be read: ${why}`, {
    cause: error,
    ...(isCorruption(error) && { hint: DAMAGED_HINT }),
  });
};
