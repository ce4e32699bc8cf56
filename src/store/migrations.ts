import type Database from 'better-sqlite3';
import { HubError } from '../errors/hub-error.ts';
import { SUMS_OF_EARLIER_CALLS } from './earlier-sums.ts';

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
  `
  -- Lists are read in the order of ids: an index that ends with the id, as each does, gives them in it. Sums of calls are kept
  -- beside the calls, see call-sums.ts, so no index holds what is summed.
  DROP INDEX calls_by_client;
  DROP INDEX calls_by_upstream;
  DROP INDEX calls_by_name;
  DROP INDEX calls_failed;
  CREATE INDEX calls_by_client ON calls (client);
  CREATE INDEX calls_by_upstream ON calls (upstream);
  CREATE INDEX calls_by_name ON calls (qualified_name);
  CREATE INDEX calls_failed ON calls (outcome) WHERE outcome <> 'ok';

  CREATE TABLE call_names (              -- what is counted apart: a tool or prompt of an upstream; else a method, without name
    id INTEGER PRIMARY KEY,
    upstream TEXT NOT NULL,              -- '': nothing matched
    method TEXT NOT NULL,
    qualified_name TEXT NOT NULL,
    own_name TEXT NOT NULL,
    last_used INTEGER NOT NULL,
    UNIQUE (upstream, method, qualified_name)
  ) STRICT;
  CREATE TABLE call_sums (               -- of calls that have ended, by the time when they began
    span INTEGER NOT NULL,               -- minutes that the row covers: 1, 60 or 1440
    name INTEGER NOT NULL,               -- call_names.id; 0: all names together
    at INTEGER NOT NULL,                 -- when the span begins
    calls INTEGER NOT NULL,
    errors INTEGER NOT NULL,             -- those that ended otherwise than ok
    sum_ms REAL NOT NULL,
    max_ms REAL NOT NULL,
    hub_ms REAL NOT NULL,
    bytes_in INTEGER NOT NULL,
    bytes_out INTEGER NOT NULL,
    durations TEXT NOT NULL,             -- how many calls are in each bucket of latency-buckets.ts: '12:3 13:1 '
    failures TEXT NOT NULL,              -- how many calls had each outcome that is not ok: 'timeout:2 '
    PRIMARY KEY (span, name, at)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE client_sums (
    client INTEGER NOT NULL,
    upstream TEXT NOT NULL,
    calls INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    bytes_in INTEGER NOT NULL,
    bytes_out INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (client, upstream)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER client_sums_end AFTER DELETE ON clients BEGIN
    DELETE FROM client_sums WHERE client = old.id;
  END;
  ${SUMS_OF_EARLIER_CALLS}

  CREATE TABLE attempts (                -- of calls that were sent more than once; of others the call says it all
    call_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,            -- counted from 1
    upstream TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms REAL,
    outcome TEXT,                        -- NULL: in flight, or its hub died
    error_code INTEGER,
    error_message TEXT,
    PRIMARY KEY (call_id, attempt)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE upstream_lines (          -- the last lines that each upstream wrote to its stderr
    id INTEGER PRIMARY KEY,
    run INTEGER,
    upstream TEXT NOT NULL,
    at INTEGER NOT NULL,
    line TEXT NOT NULL
  ) STRICT;
  CREATE INDEX upstream_lines_by_upstream ON upstream_lines (upstream, at);

  CREATE TABLE upstream_tools (          -- the tools that each upstream offered last
    upstream TEXT NOT NULL,
    own_name TEXT NOT NULL,
    definition_bytes INTEGER NOT NULL,   -- of name, description and input schema
    PRIMARY KEY (upstream, own_name)
  ) STRICT, WITHOUT ROWID;
  `,

  // Why an upstream is in its state, in a word that a program can read: the code of an error.
  `
  ALTER TABLE upstream_events ADD COLUMN error_code INTEGER;
  ALTER TABLE upstream_status ADD COLUMN error_code INTEGER;
  `,
];

/** The schema that this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The schema from which on sums of calls are kept, see call-sums.ts. */
export const FIRST_WITH_SUMS = 4;

/** The schema from which on the states of upstreams have codes of errors. */
export const FIRST_WITH_CODES = 5;

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
