import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { ClientConnected, HubStarted, UpstreamListed, UpstreamStateChanged } from '../events/events.ts';
import { processStart } from '../utils/process-start.ts';
import { createAttemptWriter } from './call-attempts.ts';
import { createCallSums } from './call-sums.ts';
import { firstLink, linkOfEnd, linkOfStart } from './chain.ts';
import { type FinishedRow, type LogRow, MAX_TEXT_CHARS, type StartedRow } from './log-rows.ts';
import type { Redactor } from './redact.ts';
import { type BegunCall, type CallEnd, type CallStart, type ChainHead, prepareStatements } from './row-statements.ts';
import { isRowFault } from './sqlite-errors.ts';
import { createStderrLines } from './stderr-lines.ts';

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
  const { database, identities, redactor } = options;
  const statements = prepareStatements(database);
  const sums = createCallSums(database);
  const lines = createStderrLines(database);
  const attempts = createAttemptWriter(database);
  const text = (value: string | undefined): string | null =>
    value === undefined ? null : redactor.text(value, MAX_TEXT_CHARS);
  /** Names are what calls are found by: only URIs, which may carry a secret, are redacted. */
  const name = (value: string | undefined): string | null =>
    value?.includes('://') === true ? text(value) : (value?.slice(0, MAX_TEXT_CHARS) ?? null);
  /** @param encoding what the text is: its characters, or one character for each byte of UTF-8. */
  const payload = (text: string | undefined, encoding: 'utf8' | 'latin1'): Payload => {
    if (text === undefined) return NO_PAYLOAD;
    const source = isAscii(text) ? text : Buffer.from(text, encoding);
    const isCut = source.length > options.payloadBytes;
    return {
      isCut: Number(isCut),
      text: options.payloadBytes === 0 ? null : redactor.json(source, options.payloadBytes),
    };
  };

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
  const count = (begun: BegunCall, [durationMs, outcome, , , bytesOut, hubMs]: CallEnd): void =>
    sums.add({ ...begun, durationMs, outcome, bytesOut, hubMs });
  /** An entry that cannot be stored leaves the chain as it was. */
  const writeStarted = (head: ChainHead, client: number, row: StartedRow, end: FinishedRow | undefined): void => {
    const request = payload(row.request, 'utf8');
    const start: CallStart = [
      row.callId,
      head.run,
      client,
      row.upstream ?? null,
      row.method,
      name(row.qualifiedName),
      name(row.ownName),
      whole(row.startedAt),
      whole(row.bytesIn),
      request.isCut,
      request.text,
    ];
    const values = end === undefined ? NO_END : endOf(end);
    const seq = head.seq + 1;
    const link = head.hash === null ? null : linkOfStart(head.hash, seq, start, end && values);
    statements.insertCall.run(...start, ...values, link === null ? null : seq, link);
    moveTo(head, seq, link);
    if (end !== undefined) count(startedCall(start), values);
  };
  const writeFinished = (head: ChainHead, row: FinishedRow): void => {
    const end = endOf(row);
    const seq = head.seq + 1;
    const link = head.hash === null ? null : linkOfEnd(head.hash, seq, row.callId, end);
    const begun = statements.finishCall.get(...end, link === null ? null : seq, link, row.callId);
    if (begun === undefined) return;
    moveTo(head, seq, link);
    count(begun, end);
  };
  const endOf = (row: FinishedRow): CallEnd => {
    const result = payload(row.result, 'latin1');
    return [
      milliseconds(row.durationMs),
      row.outcome,
      row.errorCode === undefined ? null : whole(row.errorCode),
      text(row.errorMessage),
      whole(row.bytesOut),
      milliseconds(row.hubMs),
      milliseconds(row.upstreamMs),
      result.isCut,
      result.text,
    ];
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

  const writeRow = (
    head: ChainHead,
    row: LogRow,
    ends: ReadonlyMap<string, FinishedRow>,
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
        return writeStarted(head, clients(row.clientId), row, ends.get(row.callId));
      case 'call.finished':
        if (!ends.has(row.callId)) writeFinished(head, row);
        return identities.repeated.has(row.callId) ? attempts.end(row.callId) : undefined;
      case 'call.repeated':
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
      const head = headOfRun();
      const { run, seq } = head;
      const ends = endsOfWholeCalls(rows);
      const clients = remembering((client) => clientId(run, client));
      let refused = 0;
      for (const row of rows) {
        try {
          writeRow(head, row, ends, clients);
        } catch (error) {
          if (!isRowFault(error)) throw error;
          refused += 1;
        }
      }
      sums.write();
      if (head.seq !== seq) statements.moveHead.run(head.seq, head.hash, run);
      return refused;
    },
  };
};

/** The values of `RUN_COLUMNS`. */
type RunValues = [string, number, string | null, string, string, number];

const startedCall = ([
  ,
  ,
  client,
  upstream,
  method,
  qualifiedName,
  ownName,
  startedAt,
  bytesIn,
]: CallStart): BegunCall => ({
  client,
  upstream,
  method,
  qualifiedName,
  ownName,
  startedAt,
  bytesIn,
});

const moveTo = (head: ChainHead, seq: number, hash: string | null): void => {
  if (hash === null) return;
  head.seq = seq;
  head.hash = hash;
};

/** A payload as it is stored, and whether its end is missing: 0 or 1. */
interface Payload {
  readonly text: string | null;
  readonly isCut: number;
}

const NO_PAYLOAD: Payload = { text: null, isCut: 0 };

const NO_END: CallEnd = [null, null, null, null, null, null, null, 0, null];

const isAscii = (text: string): boolean => !NOT_ASCII.test(text);

const NOT_ASCII = /[\u0080-\uffff]/;

/** Within one transaction an answer stays true. */
const remembering = (find: (key: string) => number): ((key: string) => number) => {
  const answers = new Map<string, number>();
  return (key) => {
    const answer = answers.get(key) ?? find(key);
    answers.set(key, answer);
    return answer;
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

/** The ends of calls whose beginnings are among the rows too: each such call is written once. */
const endsOfWholeCalls = (rows: readonly LogRow[]): Map<string, FinishedRow> => {
  const started = new Set<string>();
  const ends = new Map<string, FinishedRow>();
  for (const row of rows) {
    if (row.type === 'call.started') started.add(row.callId);
    else if (row.type === 'call.finished' && started.has(row.callId)) ends.set(row.callId, row);
  }
  return ends;
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
