import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { ClientConnected, HubStarted, UpstreamListed, UpstreamStateChanged } from '../events/events.ts';
import { type FinishedRow, type LogRow, MAX_TEXT_CHARS, type StartedRow } from './log-rows.ts';
import type { Redactor } from './redact.ts';
import { prepareStatements } from './row-statements.ts';
import { isRowFault } from './sqlite-errors.ts';

/** Who the hub and its clients are, as far as it has been told; it outlives the database that it was written to. */
export interface Identities {
  run: HubStarted | undefined;
  readonly clients: Map<string, ClientConnected>;
}

export interface RowWriterOptions {
  readonly database: Database.Database;
  readonly identities: Identities;
  /** Everything that others wrote passes through it. */
  readonly redactor: Redactor;
  /** Longest payload that is stored; 0 = none. */
  readonly payloadBytes: number;
}

/** Turns rows of the queue into rows of one database. To be used inside a transaction. */
export interface RowWriter {
  /** Writes the rows in their order and gives how many of them cannot be stored at all. */
  write(rows: readonly LogRow[]): number;
}

export const createRowWriter = (options: RowWriterOptions): RowWriter => {
  const { database, identities, redactor } = options;
  const statements = prepareStatements(database);
  const text = (value: string | undefined): string | null =>
    value === undefined ? null : redactor.text(value, MAX_TEXT_CHARS);
  /** Names are what calls are found by: only URIs, which may carry a secret, are redacted. */
  const name = (value: string | undefined): string | null =>
    value?.includes('://') === true ? text(value) : (value?.slice(0, MAX_TEXT_CHARS) ?? null);
  const payload = (bytes: Uint8Array | undefined): string | null =>
    bytes === undefined || options.payloadBytes === 0 ? null : redactor.json(bytes, options.payloadBytes);
  const isCut = (bytes: Uint8Array | undefined): number =>
    Number(bytes !== undefined && bytes.length > options.payloadBytes);

  const runId = (): number => {
    identities.run ??= unknownRun();
    const { runId: run, pid, version, configFiles, at } = identities.run;
    statements.insertRun.run(run, pid, version, JSON.stringify(configFiles), whole(at));
    return statements.findRun.get(run) as number;
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
  const writeStarted = (run: number, row: StartedRow, end: FinishedRow | undefined): void => {
    const request = row.request === undefined ? undefined : Buffer.from(row.request);
    statements.insertCall.run({
      callId: row.callId,
      run,
      client: clientId(run, row.clientId),
      upstream: row.upstream ?? null,
      method: row.method,
      qualifiedName: name(row.qualifiedName),
      ownName: name(row.ownName),
      startedAt: whole(row.startedAt),
      bytesIn: whole(row.bytesIn),
      requestCut: isCut(request),
      request: payload(request),
      ...endOf(end),
    });
  };
  const endOf = (row: FinishedRow | undefined): Record<string, string | number | null> => {
    const result = row?.result === undefined ? undefined : Buffer.from(row.result, 'latin1');
    return {
      outcome: row?.outcome ?? null,
      errorCode: row?.errorCode === undefined ? null : whole(row.errorCode),
      errorMessage: text(row?.errorMessage),
      durationMs: milliseconds(row?.durationMs),
      hubMs: milliseconds(row?.hubMs),
      upstreamMs: milliseconds(row?.upstreamMs),
      bytesOut: row === undefined ? null : whole(row.bytesOut),
      resultCut: isCut(result),
      result: payload(result),
    };
  };
  const writeState = (run: number, row: UpstreamStateChanged): void => {
    const values = {
      upstream: row.upstream,
      state: row.state,
      reason: text(row.reason),
      era: row.era ?? null,
      at: whole(row.at),
    };
    statements.insertEvent.run({ ...values, run, pid: row.pid ?? null, startMs: milliseconds(row.startMs) });
    statements.upsertState.run({ ...values, lastSeen: row.state === 'ready' ? whole(row.at) : null });
  };
  const writeListed = ({ type: _, ...row }: UpstreamListed): void => {
    statements.upsertListed.run({ ...row, at: whole(row.at) });
  };

  const writeRow = (run: number, row: LogRow, ends: ReadonlyMap<string, FinishedRow>): unknown => {
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
        return writeStarted(run, row, ends.get(row.callId));
      case 'call.finished':
        return ends.has(row.callId) ? undefined : statements.finishCall.run({ callId: row.callId, ...endOf(row) });
      case 'upstream.state':
        return writeState(run, row);
      case 'upstream.era':
        return statements.upsertEra.run(row.configHash, row.upstream, row.era, whole(row.at));
      case 'upstream.listed':
        return writeListed(row);
      case 'problem':
        return statements.insertProblem.run(run, row.upstream ?? null, text(row.message), whole(row.at));
    }
  };

  return {
    write(rows) {
      remember(identities, rows);
      const run = runId();
      const ends = endsOfWholeCalls(rows);
      let refused = 0;
      for (const row of rows) {
        try {
          writeRow(run, row, ends);
        } catch (error) {
          if (!isRowFault(error)) throw error;
          refused += 1;
        }
      }
      return refused;
    },
  };
};

const MAX_CLIENTS = 10_000;

const remember = (identities: Identities, rows: readonly LogRow[]): void => {
  const { clients } = identities;
  for (const row of rows) {
    if (row.type === 'hub.started') identities.run = row;
    if (row.type !== 'client.connected') continue;
    clients.delete(row.clientId);
    clients.set(row.clientId, row);
    if (clients.size > MAX_CLIENTS) clients.delete(clients.keys().next().value as string);
  }
};

/** The ends of calls whose beginnings are among the rows too: each such call is written once. */
const endsOfWholeCalls = (rows: readonly LogRow[]): Map<string, FinishedRow> => {
  const started = new Set(rows.flatMap((row) => (row.type === 'call.started' ? row.callId : [])));
  const ends = rows.flatMap((row): [string, FinishedRow][] =>
    row.type === 'call.finished' && started.has(row.callId) ? [[row.callId, row]] : [],
  );
  return new Map(ends);
};

const unknownRun = (): HubStarted => ({
  type: 'hub.started',
  runId: randomUUID(),
  pid: process.pid,
  version: '',
  configFiles: [],
  at: Date.now(),
});

/** Numbers for columns that hold integers; what is no number counts as 0. */
const whole = (value: number): number => (Number.isFinite(value) ? Math.round(value) : 0);

/** Durations to the microsecond; a clock gives no more that means anything. */
const milliseconds = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Math.round(value * 1000) / 1000;
