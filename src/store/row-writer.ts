import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { ClientConnected, HubStarted, UpstreamListed, UpstreamStateChanged } from '../events/events.ts';
import { processStart } from '../utils/process-start.ts';
import { createAttemptWriter } from './call-attempts.ts';
import { createCallRows } from './call-rows.ts';
import { createCallSums } from './call-sums.ts';
import { firstLink } from './chain.ts';
import type { FinishedRow, LogRow } from './log-rows.ts';
import type { Redactor } from './redact.ts';
import { type ChainHead, prepareStatements } from './row-statements.ts';
import { isRowFault } from './sqlite-errors.ts';
import { createStderrLines } from './stderr-lines.ts';
import { createStoredValues, milliseconds, whole } from './stored-values.ts';
import { endsOfWholeCalls } from './whole-calls.ts';

/** Who the hub and its clients are, as far as it has been told; it outlives the database that it was written to. */
export interface Identities {
  run: HubStarted | undefined;
  readonly clients: Map<string, ClientConnected>;
  /** The ids of calls that were sent more than once, the latest of them. */
  readonly repeated: Set<string>;
}

export interface RowWriterOptions {
  readonly database: Database.Database;
  readonly identities: Identities;
  /** Everything that others wrote passes through it. */
  readonly redactor: Redactor;
  /** Longest payload that is stored; 0 = none. */
  readonly payloadBytes: number;
  /** Whether each entry is linked to the one before it, see chain.ts. */
  readonly isChained: boolean;
}

/** Turns rows of the queue into rows of one database. To be used inside a transaction. */
export interface RowWriter {
  /** Writes the rows in their order and gives how many of them cannot be stored at all. */
  write(rows: readonly LogRow[]): number;
}

export const createRowWriter = (options: RowWriterOptions): RowWriter => {
  const { database, identities } = options;
  const statements = prepareStatements(database);
  const sums = createCallSums(database);
  const lines = createStderrLines(database);
  const attempts = createAttemptWriter(database);
  const stored = createStoredValues(options.redactor, options.payloadBytes);
  const calls = createCallRows(database, statements, sums, stored);
  const { text, name } = stored;

  let startOf: { readonly pid: number; readonly start: string | null } | undefined;
  const headOfRun = (): ChainHead => {
    identities.run ??= unknownRun();
    const { runId: run, pid, version, configFiles, at } = identities.run;
    if (pid !== startOf?.pid) startOf = { pid, start: processStart(pid) ?? null };
    const { start } = startOf;
    const known: RunValues = [run, pid, start, version, JSON.stringify(configFiles), whole(at)];
    statements.insertRun.run(...known, options.isChained ? firstLink(known) : null);
    return statements.findRun.get(run) as ChainHead;
  };
  const clientId = (run: number, client: string): number => {
    const found = statements.findClient.get(run, client);
    if (found !== undefined) return found;
    const known = identities.clients.get(client);
    if (known === undefined) statements.insertUnknownClient.run(run, client);
    else writeClient(run, known);
    return statements.findClient.get(run, client) as number;
  };
  const writeClient = (run: number, row: ClientConnected): void => {
    const { clientId: client, transport, era, protocolVersion, at } = row;
    statements.upsertClient.run({
      run,
      client,
      transport,
      era,
      protocolVersion,
      name: name(row.name),
      version: name(row.version),
      at: whole(at),
    });
  };
  const writeState = (run: number, row: UpstreamStateChanged): void => {
    const values = {
      upstream: row.upstream,
      state: row.state,
      reason: text(row.reason),
      errorCode: row.errorCode ?? null,
      era: row.era ?? null,
      at: whole(row.at),
    };
    statements.insertEvent.run({ ...values, run, pid: row.pid ?? null, startMs: milliseconds(row.startMs) });
    statements.upsertState.run({ ...values, lastSeen: row.state === 'ready' ? whole(row.at) : null });
  };
  const writeListed = ({ type: _, toolBytes, ...row }: UpstreamListed): void => {
    statements.upsertListed.run({ ...row, at: whole(row.at) });
    if (toolBytes === undefined) return;
    statements.deleteTools.run(row.upstream);
    for (const [tool, bytes] of toolBytes) statements.insertTool.run(row.upstream, name(tool) ?? '', whole(bytes));
  };

  /** @param end of the call that begins or ends here, where both are among the rows */
  const writeRow = (
    head: ChainHead,
    row: LogRow,
    end: FinishedRow | undefined,
    clients: (client: string) => number,
  ): unknown => {
    const { run } = head;
    switch (row.type) {
      case 'hub.started':
        return undefined;
      case 'hub.stopped':
        return statements.stopRun.run(whole(row.at), text(row.reason), run);
      case 'client.connected':
        return writeClient(run, row);
      case 'client.disconnected':
        return statements.disconnectClient.run(whole(row.at), run, row.clientId, whole(row.at));
      case 'call.started':
        return calls.start(head, clients(row.clientId), row, end);
      case 'call.finished':
        if (end === undefined) calls.finish(head, row);
        if (!identities.repeated.has(row.callId)) return undefined;
        calls.flush();
        return attempts.end(row.callId);
      case 'call.repeated':
        calls.flush();
        return attempts.repeat({ ...row, reason: text(row.reason) ?? '' });
      case 'upstream.state':
        return writeState(run, row);
      case 'upstream.listed':
        return writeListed(row);
      case 'upstream.stderr':
        return lines.write(run, { ...row, line: text(row.line) ?? '' });
      case 'problem':
        return statements.insertProblem.run(run, row.upstream ?? null, text(row.message), whole(row.at));
    }
  };

  return {
    write(rows) {
      remember(identities, rows);
      sums.clear();
      calls.clear();
      const head = headOfRun();
      const { run, seq } = head;
      const ends = endsOfWholeCalls(rows);
      const clients = remembering((client) => clientId(run, client));
      let refused = 0;
      for (let place = 0; place < rows.length; place += 1) {
        try {
          writeRow(head, rows[place] as LogRow, ends[place], clients);
        } catch (error) {
          if (!isRowFault(error)) throw error;
          refused += 1;
        }
      }
      calls.flush();
      refused += calls.takeRefused();
      sums.write();
      if (head.seq !== seq) statements.moveHead.run(head.seq, head.hash, run);
      return refused;
    },
  };
};

/** The values of `RUN_COLUMNS`. */
type RunValues = [string, number, string | null, string, string, number];

/** Within one transaction an answer stays true. Most rows are of the client of the row before. */
const remembering = (find: (key: string) => number): ((key: string) => number) => {
  const answers = new Map<string, number>();
  let lastKey: string | undefined;
  let last = 0;
  return (key) => {
    if (key === lastKey) return last;
    lastKey = key;
    last = answers.get(key) ?? find(key);
    answers.set(key, last);
    return last;
  };
};

const MAX_CLIENTS = 10_000;
const MAX_REPEATED = 10_000;

const remember = (identities: Identities, rows: readonly LogRow[]): void => {
  const { clients, repeated } = identities;
  for (const row of rows) {
    if (row.type === 'hub.started') identities.run = row;
    if (row.type === 'call.repeated') {
      repeated.add(row.callId);
      if (repeated.size > MAX_REPEATED) repeated.delete(repeated.values().next().value as string);
    }
    if (row.type !== 'client.connected') continue;
    clients.delete(row.clientId);
    clients.set(row.clientId, row);
    if (clients.size > MAX_CLIENTS) clients.delete(clients.keys().next().value as string);
  }
};

const unknownRun = (): HubStarted => ({
  type: 'hub.started',
  runId: randomUUID(),
  pid: process.pid,
  version: '',
  configFiles: [],
  at: Date.now(),
});
