import type Database from 'better-sqlite3';
import { HubError } from '../errors/hub-error.ts';

/**
 * The steps from an empty database to the present schema; step n brings `user_version` from n - 1 to n. A step that has
 * been released is never edited. Times are milliseconds since the epoch (`..._at`), durations milliseconds (`..._ms`).
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE hub_runs (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    pid INTEGER NOT NULL,
    version TEXT NOT NULL,
    config_files TEXT NOT NULL,          -- JSON array of paths
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    stop_reason TEXT
  ) STRICT;

  CREATE TABLE clients (
    id INTEGER PRIMARY KEY,
    run INTEGER REFERENCES hub_runs (id),
    client_id TEXT NOT NULL,
    transport TEXT,
    era TEXT,
    protocol_version TEXT,
    name TEXT,
    version TEXT,
    connected_at INTEGER,
    disconnected_at INTEGER,
    UNIQUE (run, client_id)
  ) STRICT;

  CREATE TABLE calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- ascends with the order of writing, and is never used again
    call_id TEXT NOT NULL UNIQUE,
    run INTEGER,
    client INTEGER REFERENCES clients (id),
    upstream TEXT,
    method TEXT NOT NULL,
    qualified_name TEXT,
    own_name TEXT,
    started_at INTEGER NOT NULL,
    duration_ms REAL,
    outcome TEXT,                        -- NULL: in flight, or its hub died and no other has begun since
    error_code INTEGER,
    error_message TEXT,
    bytes_in INTEGER NOT NULL,
    bytes_out INTEGER,
    hub_ms REAL,
    upstream_ms REAL,
    request_cut INTEGER NOT NULL DEFAULT 0,
    result_cut INTEGER NOT NULL DEFAULT 0,
    request TEXT,                        -- payloads last: a query for the rest reads none of their pages
    result TEXT
  ) STRICT;
  CREATE INDEX calls_by_time ON calls (started_at);
  CREATE INDEX calls_by_client ON calls (client, started_at);
  CREATE INDEX calls_by_upstream ON calls (upstream, started_at, outcome, duration_ms);
  CREATE INDEX calls_by_name ON calls (qualified_name, started_at, outcome, duration_ms);
  CREATE INDEX calls_failed ON calls (started_at) WHERE outcome <> 'ok';

  CREATE TABLE upstream_events (
    id INTEGER PRIMARY KEY,
    run INTEGER,
    upstream TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    pid INTEGER,
    era TEXT,
    start_ms REAL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX upstream_events_by_upstream ON upstream_events (upstream, at);
  CREATE INDEX upstream_events_by_time ON upstream_events (at);

  CREATE TABLE upstream_status (
    upstream TEXT PRIMARY KEY,
    state TEXT,
    reason TEXT,
    state_at INTEGER,
    era TEXT,
    tools INTEGER,
    prompts INTEGER,
    resources INTEGER,
    templates INTEGER,
    definition_bytes INTEGER,
    listed_at INTEGER,
    last_seen INTEGER                    -- when it last became ready or gave its lists
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    run INTEGER,
    upstream TEXT,
    message TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX problems_by_time ON problems (at);

  CREATE TABLE upkeep (                  -- when a job was last done, by any hub
    job TEXT PRIMARY KEY,
    done_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE hub_runs ADD COLUMN process_start TEXT; -- tells its process from a later one of the same pid; NULL: not known
  CREATE INDEX calls_open ON calls (run) WHERE outcome IS NULL;
  `,
  `
  -- The entries of a run are linked by hashes, see chain.ts; these columns hold each entry's number and link.
  ALTER TABLE calls ADD COLUMN seq INTEGER;
  ALTER TABLE calls ADD COLUMN hash TEXT;
  ALTER TABLE calls ADD COLUMN end_seq INTEGER; -- NULL: not ended, or begun and ended in one entry
  ALTER TABLE calls ADD COLUMN end_hash TEXT;
  ALTER TABLE hub_runs ADD COLUMN chain_seq INTEGER NOT NULL DEFAULT 0; -- the last entry
  ALTER TABLE hub_runs ADD COLUMN chain_hash TEXT; -- and its link; NULL: this run has no chain
  CREATE TABLE chain_cuts (              -- entries that retention has deleted, and the link of the last of them
    run INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (run, first_seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER chain_cuts_end AFTER DELETE ON hub_runs BEGIN
    DELETE FROM chain_cuts WHERE run = old.id;
  END;
  `,
];

/** The schema that this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The schema of a database; 0 where nothing has been made in it yet. */
export const schemaVersion = (database: Database.Database): number =>
  database.pragma('user_version', { simple: true }) as number;

/**
 * Refuses a database that a newer program has made; nothing is changed in it.
 * @throws HubError STORE_UNAVAILABLE
 */
export const assertKnownSchema = (database: Database.Database): void => {
  const version = schemaVersion(database);
  if (version <= SCHEMA_VERSION) return;
  throw new HubError(
    'STORE_UNAVAILABLE',
    `${database.name} was made by a newer mcp-hub: its schema is ${version} and this program knows ${SCHEMA_VERSION}`,
    { hint: 'update mcp-hub, or set MCP_HUB_STATE_DIR to another folder' },
  );
};

/** Brings the schema up to date, all or nothing. Any number of processes may do it at once: one does the work. */
export const migrate = (database: Database.Database): void => {
  if (schemaVersion(database) === SCHEMA_VERSION) return;
  const bringUpToDate = database.transaction(() => {
    assertKnownSchema(database);
    for (let version = schemaVersion(database); version < SCHEMA_VERSION; version += 1) {
      database.exec(MIGRATIONS[version] as string);
    }
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  });
  bringUpToDate.immediate();
};
