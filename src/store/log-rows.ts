import type { CallFinished, CallStarted, HubEvent } from '../events/events.ts';

/** A call's beginning, with no more of its request than the log may need. */
export interface StartedRow extends Omit<CallStarted, 'request'> {
  readonly request?: Uint8Array<ArrayBuffer>;
}

/** A call's end, with no more of its result than the log may need. */
export interface FinishedRow extends Omit<CallFinished, 'result'> {
  readonly result?: Uint8Array<ArrayBuffer>;
}

type Unchanged = Exclude<HubEvent, { type: 'call.started' | 'call.finished' | 'upstream.stderr' }>;

/** What is written of an event: plain data that can be handed to another thread. */
export type LogRow = Unchanged | StartedRow | FinishedRow;

/** Bytes of a payload beyond `hub.log.payloadBytes` that are kept until it is redacted, so that a secret at the cut is seen whole. */
const MARGIN_BYTES = 4096;

/** Longest name, reason or message that is stored, in characters. */
export const MAX_TEXT_CHARS = 4096;

/** Whether the event makes a database worth having. What came before it is written along with it. */
export const isWorthADatabase = (event: HubEvent): boolean =>
  event.type === 'call.started' ||
  event.type === 'upstream.era' ||
  (event.type === 'upstream.state' && event.state === 'starting');

/** Takes of an event what is to be written, without holding on to its buffers; undefined where nothing is. */
export const toLogRow = (event: HubEvent, payloadBytes: number): LogRow | undefined => {
  switch (event.type) {
    case 'upstream.stderr':
      return undefined;
    case 'call.started': {
      const { request, ...rest } = event;
      const names = { ...withShort(rest, 'qualifiedName'), ...withShort(rest, 'ownName') };
      return { ...rest, ...names, ...withPayload('request', payloadBytes === 0 ? undefined : request(), payloadBytes) };
    }
    case 'call.finished': {
      const { result, ...rest } = event;
      return { ...rest, ...withShort(rest, 'errorMessage'), ...withPayload('result', result, payloadBytes) };
    }
    case 'upstream.state':
      return { ...event, reason: short(event.reason) };
    case 'problem':
      return { ...event, message: short(event.message) };
    case 'client.connected':
      return { ...event, name: short(event.name), version: short(event.version) };
    default:
      return { ...event };
  }
};

/** About how much memory a row takes. */
export const rowBytes = (row: LogRow): number => {
  let bytes = 512;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') bytes += value.length * 2;
    else if (value instanceof Uint8Array) bytes += value.length;
  }
  return bytes;
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

const withPayload = <K extends 'request' | 'result'>(
  key: K,
  payload: Uint8Array | undefined,
  payloadBytes: number,
): { [P in K]?: Uint8Array<ArrayBuffer> } => {
  if (payload === undefined || payloadBytes === 0) return {};
  const copy = new Uint8Array(Math.min(payload.length, payloadBytes + MARGIN_BYTES));
  copy.set(payload.subarray(0, copy.length));
  return { [key]: copy } as { [P in K]?: Uint8Array<ArrayBuffer> };
};

const withShort = <K extends string>(from: { readonly [P in K]?: string }, key: K): { [P in K]?: string } => {
  const text = from[key];
  return text === undefined ? {} : ({ [key]: short(text) } as { [P in K]?: string });
};

/** A copy where the text is long, since a slice would keep the whole of it in memory. */
const short = (text: string): string =>
  text.length <= MAX_TEXT_CHARS + MARGIN_BYTES ? text : structuredClone(text.slice(0, MAX_TEXT_CHARS + MARGIN_BYTES));
