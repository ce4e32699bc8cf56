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
import { follow } from '../utils/eventual.ts';
import type { Connection } from './handshake.ts';
import type { Link, LinkRequest } from './link.ts';

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
    if (!(connecting instanceof Promise)) return send(new Attempt(options, connecting, 0, askedAt));
    return connecting.then(
      (connection) => {
        const sentAt = performance.now();
        return send(new Attempt(options, connection, sentAt - askedAt, sentAt));
      },
      (error: unknown) => failureReply(HubError.from(error), { startMs: 0, workMs: performance.now() - askedAt }),
    );
  } catch (error) {
    return Promise.resolve(failureReply(HubError.from(error)));
  }
};

/** An attempt over a connection that is there: the request as the link wants it. */
class Attempt implements LinkRequest {
  readonly options: AttemptOptions;
  readonly connection: Connection;
  headers: LinkRequest['headers'] = undefined;
  readonly #startMs: number;
  readonly #sentAt: number;

  constructor(options: AttemptOptions, connection: Connection, startMs: number, sentAt: number) {
    this.options = options;
    this.connection = connection;
    this.#startMs = startMs;
    this.#sentAt = sentAt;
  }

  get method(): string {
    return this.options.method;
  }

  get signal(): CancelSignal {
    return this.options.signal;
  }

  get call(): Call | undefined {
    return this.options.call;
  }

  get onProgress(): LinkRequest['onProgress'] {
    return this.options.onProgress;
  }

  params(id: number): JsonObject {
    const { params, envelope, onProgress } = this.options;
    const own = onProgress === undefined ? envelope : { ...envelope, progressToken: id };
    return this.connection.codec.encodeParams(params, own);
  }

  timeSpent(): UpstreamTime {
    return { startMs: this.#startMs, workMs: performance.now() - this.#sentAt };
  }
}

const send = (sent: Attempt): PromiseLike<Reply> => {
  const { options, connection } = sent;
  try {
    const refusal = connection.codec.refuseParams(options.params);
    if (refusal !== undefined) return Promise.resolve({ kind: 'error', error: refusal, time: NO_TIME });
    if (connection.identity.mirrorsArguments) sent.headers = argumentHeaders(options);
    options.onSent?.();
    return follow(connection.link.request(sent), sent, read, fail);
  } catch (error) {
    return Promise.resolve(fail(error, sent));
  }
};

const read = (answer: ResultMessage | ErrorMessage, sent: Attempt): Reply => {
  const { options, connection } = sent;
  try {
    if (answer.kind === 'error') return readError(answer, sent);
    const { clientCapabilities } = options.envelope;
    const decoded = connection.codec.decodeResult(options.method, answer, clientCapabilities);
    if (!decoded.ok) return fail(wrongAnswer(options, decoded.reason), sent);
    const { kind, body } = decoded;
    return { kind: kind === 'complete' ? 'result' : 'input_required', body, time: sent.timeSpent() };
  } catch (error) {
    return fail(error, sent);
  }
};

const readError = ({ error, leaveAlone }: ErrorMessage, sent: Attempt): Reply => {
  const { link, codec } = sent.connection;
  if (error.code === UNSUPPORTED_PROTOCOL_VERSION) return fail(sent.options.onWrongEra(link, error.message), sent);
  return { kind: 'error', error, from: codec.era, time: sent.timeSpent(), ...(leaveAlone && { leaveAlone }) };
};

const fail = (error: unknown, sent: Attempt): Reply => failureReply(HubError.from(error), sent.timeSpent());

const argumentHeaders = ({ definition, params }: AttemptOptions): Record<string, string> | undefined => {
  const schema = definition?.['inputSchema'];
  const wanted = isJsonObject(schema) ? readParamHeaders(schema) : undefined;
  return wanted?.ok ? paramHeadersFor(wanted.headers, params['arguments']) : undefined;
};

const wrongAnswer = ({ name, method }: AttemptOptions, reason: string): HubError =>
  new HubError('UPSTREAM_INVALID', `${name} answered ${method} wrongly: ${reason}`, { upstream: name, sent: true });
