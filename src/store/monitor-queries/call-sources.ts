import type Database from 'better-sqlite3';
import { sqlGlob } from '../call-query.ts';
import type { CallTerms } from './call-page.ts';

/** A condition on `calls` that an index answers in the order of ids. */
export interface CallSource {
  /** The index, which SQLite would not always take by itself. */
  readonly index: string;
  readonly where: string;
  readonly values: readonly unknown[];
}

/** With more sources than this, all calls are as quickly looked at. */
const MAX_SOURCES = 40;

/** Sources that together hold every call that can match; undefined where all calls have to be looked at. */
export const narrowingSources = (
  database: Database.Database,
  terms: CallTerms,
  ended: readonly number[],
): readonly CallSource[] | undefined => {
  const choices = [
    () => statusSources(terms, ended),
    () => withSource(toolSources(database, terms), OPEN_CALLS),
    () => withSource(serverSources(database, terms), OPEN_CALLS),
    () => clientSources(database, terms),
  ];
  for (const choose of choices) {
    const sources = choose();
    if (sources !== undefined && sources.length <= MAX_SOURCES) return sources;
  }
  return undefined;
};

/** A name or upstream that is used for the first time is counted when its first call ends. */
const OPEN_CALLS: CallSource = { index: 'calls_open', where: 'outcome IS NULL', values: [] };

const withSource = (sources: CallSource[] | undefined, more: CallSource): CallSource[] | undefined =>
  sources && [...sources, more];

const FAILED = ['tool_error', 'error', 'timeout', 'cancelled', 'denied', 'unknown'] as const;

const statusSources = ({ statuses = [] }: CallTerms, ended: readonly number[]): CallSource[] | undefined => {
  if (statuses.length === 0 || statuses.includes('ok')) return undefined;
  const outcomes = new Set(statuses.flatMap((status) => (status === 'failed' ? FAILED : [status])));
  const isOpenWanted = outcomes.delete('running') || (outcomes.has('unknown') && ended.length > 0);
  return [
    // The second condition says that the index, which holds no other rows, may be used.
    ...[...outcomes].map((outcome) => ({
      index: 'calls_failed',
      where: "outcome = ? AND outcome <> 'ok'",
      values: [outcome],
    })),
    ...(isOpenWanted ? [OPEN_CALLS] : []),
  ];
};

/** Where a URI may match, which is counted under no name of its own, nothing is narrowed. */
const toolSources = (database: Database.Database, { tools = [] }: CallTerms): CallSource[] | undefined => {
  if (tools.length === 0) return undefined;
  const isUnnamed = database
    .prepare<[], number>("SELECT EXISTS (SELECT 1 FROM call_names WHERE qualified_name = '')")
    .pluck();
  if (isUnnamed.get() === 1) return undefined;
  const globs = tools.map(sqlGlob);
  const matches = globs.map(() => 'lower(qualified_name) GLOB ? OR lower(own_name) GLOB ?').join(' OR ');
  const names = database
    .prepare<unknown[], string>(
      `SELECT DISTINCT qualified_name FROM call_names WHERE ${matches} LIMIT ${MAX_SOURCES + 1}`,
    )
    .pluck()
    .all(...globs.flatMap((glob) => [glob, glob]));
  return names.map((name) => ({ index: 'calls_by_name', where: 'qualified_name = ?', values: [name] }));
};

const serverSources = (database: Database.Database, { servers = [] }: CallTerms): CallSource[] | undefined => {
  if (servers.length === 0) return undefined;
  const globs = servers.map(sqlGlob);
  const upstreams = database
    .prepare<unknown[], string>(
      `SELECT DISTINCT upstream FROM call_names WHERE ${globs.map(() => 'lower(upstream) GLOB ?').join(' OR ')}
       LIMIT ${MAX_SOURCES + 1}`,
    )
    .pluck()
    .all(...globs);
  return upstreams.map((upstream) => ({ index: 'calls_by_upstream', where: 'upstream = ?', values: [upstream] }));
};

const clientSources = (database: Database.Database, { clients = [] }: CallTerms): CallSource[] | undefined => {
  if (clients.length === 0) return undefined;
  const globs = clients.map(sqlGlob);
  const ids = database
    .prepare<unknown[], number>(
      `SELECT id FROM clients WHERE ${globs.map(() => 'lower(name) GLOB ?').join(' OR ')} LIMIT ${MAX_SOURCES + 1}`,
    )
    .pluck()
    .all(...globs);
  return ids.map((id) => ({ index: 'calls_by_client', where: 'client = ?', values: [id] }));
};
