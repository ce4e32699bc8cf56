import type { Call } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import { NO_TIME, type Reply, type UpstreamTime } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { paramHeadersFor, readParamHeaders } from '../protocol/param-headers.ts';
import { UNSUPPORTED_PROTOCOL_VERSION } from '../protocol/rev-2026-07-28/codec.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import type { Connection } from './handshake.ts';
import type { Link } from './link.ts';

export interface AttemptOptions {
  /** The upstream's name, for messages. */
  readonly name: string;
  readonly method: string;
  /** The judged params, with the upstream's own names. */
  readonly params: JsonObject;
  readonly envelope: UpstreamEnvelope;
  /** The definition of the tool that is called, where it is known. */
  readonly definition?: JsonObject | undefined;
  /** The call that is carried, where it is one of a client. */
  readonly call?: Call;
  readonly signal: CancelSignal;
  /** Gives a connection, starting the upstream where needed. */
  readonly connect: () => Connection | Promise<Connection>;
  /** The request is handed to the connection now. */
  readonly onSent?: () => void;
  readonly onProgress?: ((params: JsonObject) => void) | undefined;
  /** The upstream does not speak the revision that it was taken to speak; gives the failure of the call. */
  readonly onWrongEra: (link: Link, why: string) => HubError;
}

/** Sends one request to an upstream and makes a reply of whatever comes of it. Never rejects. */
export const attempt = async (options: AttemptOptions): Promise<Reply> => {
  const { method, params, signal, onProgress } = options;
  const askedAt = performance.now();
  let time: UpstreamTime = NO_TIME;
  try {
    const connecting = options.connect();
    const { link, codec, identity } = connecting instanceof Promise ? await connecting : connecting;
    const refusal = codec.refuseParams(params);
    if (refusal !== undefined) return { kind: 'error', error: refusal, time };
    const headers = identity.mirrorsArguments ? argumentHeaders(options) : undefined;
    const sentAt = connecting instanceof Promise ? performance.now() : askedAt;
    time = { startMs: sentAt - askedAt, workMs: 0 };
    options.onSent?.();
    const answer = await link.request({
      method,
      params: (id) => codec.encodeParams(params, { ...options.envelope, progressToken: onProgress && id }),
      signal,
      onProgress,
      headers,
      call: options.call,
    });
    time = { startMs: time.startMs, workMs: performance.now() - sentAt };
    if (answer.kind === 'error') {
      if (answer.error.code === UNSUPPORTED_PROTOCOL_VERSION) throw options.onWrongEra(link, answer.error.message);
      const { error, leaveAlone } = answer;
      return { kind: 'error', error, from: codec.era, time, ...(leaveAlone && { leaveAlone }) };
    }
    const decoded = codec.decodeResult(method, answer, options.envelope.clientCapabilities);
    if (!decoded.ok) throw wrongAnswer(options, decoded.reason);
    return { kind: decoded.kind === 'complete' ? 'result' : 'input_required', body: decoded.body, time };
  } catch (error) {
    const workMs = Math.max(0, performance.now() - askedAt - time.startMs);
    return failureReply(HubError.from(error), { startMs: time.startMs, workMs });
  }
};

const argumentHeaders = ({ definition, params }: AttemptOptions): Record<string, string> | undefined => {
  const schema = definition?.['inputSchema'];
  const wanted = isJsonObject(schema) ? readParamHeaders(schema) : undefined;
  return wanted?.ok ? paramHeadersFor(wanted.headers, params['arguments']) : undefined;
};

const wrongAnswer = ({ name, method }: AttemptOptions, reason: string): HubError =>
  new HubError('UPSTREAM_INVALID', `${name} answered ${method} wrongly: ${reason}`, { upstream: name, sent: true });
