import type { CallFinished, CallStarted, HubEvent } from '../events/events.ts';
import type { ResultBytes } from '../protocol/message.ts';

/** A call's beginning, with no more of its request than the log may need. */
export interface StartedRow extends Omit<CallStarted, 'request'> {
  /** JSON text. */
  readonly request?: string;
}

/** A call's end, with no more of its result than the log may need. */
export interface FinishedRow extends Omit<CallFinished, 'result'> {
  /** JSON text in UTF-8, one character for each byte: the cheapest form to hand to another thread. */
  readonly result?: string;
}

type Unchanged = Exclude<
  HubEvent,
  { type: 'hub.reloaded' | 'call.started' | 'call.finished' | 'upstream.breaker' | 'upstream.era' }
>;

/** What is written of an event: plain data that can be handed to another thread. */
export type LogRow = Unchanged | StartedRow | FinishedRow;

/** Bytes of a payload beyond `hub.log.payloadBytes` that are kept until it is redacted, so that a secret at the cut is seen whole. */
const MARGIN_BYTES = 4096;

/** Longest name, reason or message that is stored, in characters. */
export const MAX_TEXT_CHARS = 4096;

/** Whether the event makes a database worth having. What came before it is written along with it. */
export const isWorthADatabase = (event: HubEvent): boolean =>
  event.type === 'call.started' || (event.type === 'upstream.state' && event.state === 'starting');

/** Takes of an event what is to be written, without holding on to its buffers; undefined where nothing is. */
export const toLogRow = (event: HubEvent, payloadBytes: number): LogRow | undefined => {
  switch (event.type) {
    case 'hub.reloaded':
    case 'upstream.era':
      return undefined;
    case 'call.started':
      return startedRow(event, payloadBytes);
    case 'call.finished':
      return finishedRow(event, payloadBytes);
    case 'upstream.state':
      return { ...event, reason: short(event.reason) };
    case 'upstream.breaker':
      return { type: 'problem', upstream: event.upstream, message: short(event.reason), at: event.at };
    case 'problem':
      return { ...event, message: short(event.message) };
    case 'call.repeated':
      return { ...event, reason: short(event.reason) };
    case 'upstream.stderr':
      return { ...event, line: short(event.line) };
    case 'client.connected':
      return { ...event, name: short(event.name), version: short(event.version) };
    default:
      return { ...event };
  }
};

/** A call's beginning and end are the rows that there are many of: no member of theirs is copied one by one. */
const startedRow = (event: CallStarted, payloadBytes: number): StartedRow => {
  const { type, callId, clientId, method, upstream, qualifiedName, ownName, startedAt, bytesIn } = event;
  const row: Writable<StartedRow> = { type, callId, clientId, method: short(method), startedAt, bytesIn };
  if (upstream !== undefined) row.upstream = upstream;
  if (qualifiedName !== undefined) row.qualifiedName = short(qualifiedName);
  if (ownName !== undefined) row.ownName = short(ownName);
  const mostChars = payloadBytes + MARGIN_BYTES;
  if (payloadBytes > 0) row.request = beginningOf(event.request(mostChars), mostChars);
  return row;
};

const finishedRow = (event: CallFinished, payloadBytes: number): FinishedRow => {
  const { type, callId, outcome, errorCode, errorMessage, durationMs, hubMs, upstreamMs, bytesOut, result } = event;
  const row: Writable<FinishedRow> = { type, callId, outcome, durationMs, hubMs, upstreamMs, bytesOut };
  if (errorCode !== undefined) row.errorCode = errorCode;
  if (errorMessage !== undefined) row.errorMessage = short(errorMessage);
  if (payloadBytes > 0 && result !== undefined) row.result = latin1Of(result, payloadBytes + MARGIN_BYTES);
  return row;
};

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The most memory that a row takes, about. */
export const rowBytes = (row: LogRow): number => {
  switch (row.type) {
    case 'call.started':
      return ROW_BYTES + textBytes(row.request, row.method, row.upstream, row.qualifiedName, row.ownName);
    case 'call.finished':
      return ROW_BYTES + (row.result?.length ?? 0) + textBytes(row.errorMessage);
    case 'problem':
      return ROW_BYTES + textBytes(row.message);
    case 'upstream.stderr':
      return ROW_BYTES + textBytes(row.line);
    case 'upstream.state':
    case 'call.repeated':
    case 'hub.stopped':
      return ROW_BYTES + textBytes(row.reason);
    case 'client.connected':
      return ROW_BYTES + textBytes(row.name, row.version);
    case 'upstream.listed':
      return (row.toolBytes ?? []).reduce((sum, [name]) => sum + TOOL_BYTES + textBytes(name), ROW_BYTES);
    case 'hub.started':
      return ROW_BYTES + textBytes(...row.configFiles);
    case 'client.disconnected':
      return ROW_BYTES;
  }
};

/** The members of a fixed size, and what a row costs beside them. */
const ROW_BYTES = 512;

/** A tool of a list, beside its name. */
const TOOL_BYTES = 96;

/** A character takes two bytes where one of its text is beyond Latin-1; a result is always kept as bytes. */
const textBytes = (...texts: ReadonlyArray<string | undefined>): number => {
  let chars = 0;
  for (const text of texts) chars += text?.length ?? 0;
  return 2 * chars;
};

/** The row without its payload; undefined where it has none. */
export const withoutPayload = (row: LogRow): LogRow | undefined => {
  if (row.type === 'call.started' && row.request !== undefined) {
    const { request: _, ...rest } = row;
    return rest;
  }
  if (row.type === 'call.finished' && row.result !== undefined) {
    const { result: _, ...rest } = row;
    return rest;
  }
  return undefined;
};

/** The beginning of a text, in pieces or whole. */
const latin1Of = (bytes: ResultBytes, maxBytes: number): string => {
  if (bytes instanceof Uint8Array) return latin1(bytes, maxBytes);
  let text = '';
  for (const piece of bytes) {
    if (text.length >= maxBytes) break;
    text += latin1(piece, maxBytes - text.length);
  }
  return text;
};

const latin1 = (bytes: Uint8Array, maxBytes: number): string => {
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.toString('latin1', 0, maxBytes);
};

const short = (text: string): string => beginningOf(text, MAX_TEXT_CHARS + MARGIN_BYTES);

/** A copy where the text is longer, since a slice would keep the whole of it in memory. */
const beginningOf = (text: string, maxChars: number): string =>
  text.length <= maxChars ? text : structuredClone(text.slice(0, maxChars));
