import type { Call } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import { NO_TIME, type Reply, type UpstreamTime } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import type { ErrorMessage, ResultMessage } from '../protocol/message.ts';
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
export const attempt = (options: AttemptOptions): PromiseLike<Reply> => {
  const askedAt = performance.now();
  try {
    const connecting = options.connect();
    if (!(connecting instanceof Promise)) return send(options, connecting, askedAt, askedAt);
    return connecting.then(
      (connection) => send(options, connection, askedAt, performance.now()),
      (error: unknown) => failureReply(HubError.from(error), { startMs: 0, workMs: performance.now() - askedAt }),
    );
  } catch (error) {
    return Promise.resolve(failureReply(HubError.from(error)));
  }
};

/** Sends it over a connection that was there at `sentAt`. */
const send = (
  options: AttemptOptions,
  { link, codec, identity }: Connection,
  askedAt: number,
  sentAt: number,
): PromiseLike<Reply> => {
  const { method, params, envelope, signal, onProgress, call } = options;
  const startMs = sentAt - askedAt;
  const timeSpent = (): UpstreamTime => ({ startMs, workMs: performance.now() - sentAt });
  const fail = (error: unknown): Reply => failureReply(HubError.from(error), timeSpent());

  const read = (answer: ResultMessage | ErrorMessage): Reply => {
    const time = timeSpent();
    try {
      if (answer.kind === 'error') return readError(answer, time);
      const decoded = codec.decodeResult(method, answer, envelope.clientCapabilities);
      if (!decoded.ok) return failureReply(wrongAnswer(options, decoded.reason), time);
      return { kind: decoded.kind === 'complete' ? 'result' : 'input_required', body: decoded.body, time };
    } catch (error) {
      return fail(error);
    }
  };

  const readError = ({ error, leaveAlone }: ErrorMessage, time: UpstreamTime): Reply => {
    if (error.code === UNSUPPORTED_PROTOCOL_VERSION) return failureReply(options.onWrongEra(link, error.message), time);
    return { kind: 'error', error, from: codec.era, time, ...(leaveAlone && { leaveAlone }) };
  };

  try {
    const refusal = codec.refuseParams(params);
    if (refusal !== undefined) return Promise.resolve({ kind: 'error', error: refusal, time: NO_TIME });
    const headers = identity.mirrorsArguments ? argumentHeaders(options) : undefined;
    options.onSent?.();
    const answered = link.request({
      method,
      params: (id) => codec.encodeParams(params, { ...envelope, progressToken: onProgress && id }),
      signal,
      onProgress,
      headers,
      call,
    });
    return answered.then(read, fail);
  } catch (error) {
    return Promise.resolve(fail(error));
  }
};

const argumentHeaders = ({ definition, params }: AttemptOptions): Record<string, string> | undefined => {
  const schema = definition?.['inputSchema'];
  const wanted = isJsonObject(schema) ? readParamHeaders(schema) : undefined;
  return wanted?.ok ? paramHeadersFor(wanted.headers, params['arguments']) : undefined;
};

const wrongAnswer = ({ name, method }: AttemptOptions, reason: string): HubError =>
  new HubError('UPSTREAM_INVALID', `${name} answered ${method} wrongly: ${reason}`, { upstream: name, sent: true });
