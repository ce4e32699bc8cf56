import type { Call, CallSink, ClientContext } from '../../src/dispatch/call.ts';
import type { ErrorReply, Reply, ResultReply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { ResultBody } from '../../src/protocol/message.ts';
import { createErrorBody } from '../../src/protocol/parse.ts';
import type { CancelSignal } from '../../src/utils/cancellation.ts';
import { whenAborted } from '../../src/utils/when-aborted.ts';

export const LEGACY_CLIENT: ClientContext = {
  id: 'client',
  era: 'legacy',
  protocolVersion: '2025-11-25',
  info: { name: 'test', version: '1' },
  hasSession: true,
  capabilities: {},
};

/** A modern client, which is asked by interim results. */
export const MODERN_CLIENT: ClientContext = {
  ...LEGACY_CLIENT,
  era: 'modern',
  protocolVersion: '2026-07-28',
  hasSession: false,
};

export const createSink = (over: Partial<CallSink> = {}): CallSink => ({
  sent: () => {},
  progress: () => {},
  log: () => {},
  ...over,
});

/** A call with everything in it that a test does not care about. */
export const createCall = (over: Partial<Call> = {}): Call => ({
  callId: 'call-1',
  method: 'tools/call',
  params: { name: 'add' },
  client: LEGACY_CLIENT,
  target: { upstream: 'math', qualifiedName: 'math__add', ownName: 'add' },
  logLevel: undefined,
  signal: new AbortController().signal,
  wantsProgress: false,
  sink: createSink(),
  bytesIn: 0,
  ask: async () => ({ ok: false, error: { code: -32601, message: 'nobody answers' } }),
  ...over,
});

export const resultBody = (value: JsonObject, era: 'legacy' | 'modern' = 'legacy'): ResultBody => ({
  era,
  bytes: Buffer.from(JSON.stringify(value)),
  value,
});

export const resultReply = (value: JsonObject, era: 'legacy' | 'modern' = 'legacy'): ResultReply => ({
  kind: 'result',
  body: resultBody(value, era),
  time: { startMs: 0, workMs: 1 },
});

export const errorReply = (code: number, message: string): ErrorReply => ({
  kind: 'error',
  error: createErrorBody(code, message),
  from: 'legacy',
  time: { startMs: 0, workMs: 1 },
});

/** An upstream's side of a call that is never answered: it ends when the call is given up. */
export const untilGivenUp = async (signal: CancelSignal): Promise<Reply> => {
  const error = await whenAborted(new Promise<never>(() => {}), signal).catch((reason: unknown) =>
    HubError.from(reason),
  );
  return { ...errorReply(-1, error.message), failure: error };
};
