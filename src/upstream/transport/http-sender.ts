import { HubError } from '../../errors/hub-error.ts';
import type { RequestId } from '../../protocol/message.ts';
import type { CancelSignal } from '../../utils/cancellation.ts';
import { whenAborted } from '../../utils/when-aborted.ts';
import type { UpstreamAuth } from '../auth/upstream-auth.ts';
import type { Exchange, Exchanges } from './exchange.ts';
import type { HttpEndpoint } from './http-endpoint.ts';
import { refusalError, requestError } from './http-failure.ts';
import type { HttpTap } from './http-tap.ts';
import type { OutgoingMessage, SendOptions } from './transport.ts';

export interface HttpSenderOptions {
  /** The upstream. */
  readonly name: string;
  readonly endpoint: HttpEndpoint;
  readonly tap: HttpTap;
  readonly exchanges: Exchanges;
  /** Sends by the SDK; `onStreamEnd` is told when the answer's stream ends. */
  post(
    message: OutgoingMessage,
    options: Pick<SendOptions, 'headers' | 'signal'>,
    onStreamEnd: () => void,
  ): Promise<void>;
  isClosed(): boolean;
  /** Resolves when the connection is closed whose session the server no longer knows; undefined while it knows it. Default: there is none. */
  losing?(): Promise<void> | undefined;
  /** Whether the server has ever accepted anything: what fails later is a failure of the connection, not of its start. */
  hasConnected(): boolean;
  /** What it is logged in with; default: nothing. */
  readonly auth?: UpstreamAuth | undefined;
  /** The server has answered that it no longer knows the session; resolves just before the connection is closed for that. */
  onSessionLost(): Promise<unknown> | undefined;
}

/** Sends messages by an SDK transport, and turns what fails into errors for people. */
export const createHttpSender = (sender: HttpSenderOptions) => {
  const { name, endpoint, tap, exchanges } = sender;

  const failure = async (
    thrown: unknown,
    { refusal }: Exchange,
    signal: CancelSignal | undefined,
  ): Promise<HubError> => {
    if (signal?.aborted) return cancelled(name, thrown, true);
    if (sender.isClosed() && refusal?.isSessionLost !== true) return closed(name, true);
    const context = { name, endpoint, hasConnected: sender.hasConnected() };
    // What the login has to say of it is closer to the cause than the refusal that it began with.
    if (!refusal || thrown instanceof HubError) return requestError(context, thrown);
    // Before anything is waited for: whatever is sent from now on is not for this session.
    const losing = refusal.isSessionLost ? sender.onSessionLost() : undefined;
    const wanted = await sender.auth?.explain(refusal.status, refusal.challenge);
    if (wanted) return wanted;
    if (!(await isAwaited(losing, signal))) return cancelled(name, signal?.reason, false);
    return refusalError(context, refusal);
  };

  return async (message: OutgoingMessage, options: SendOptions = {}): Promise<void> => {
    const { signal, headers } = options;
    if (!(await isAwaited(sender.losing?.(), signal))) throw cancelled(name, signal?.reason, false);
    if (sender.isClosed()) throw closed(name, false);
    const exchange = exchanges.open(requestIdOf(message));
    signal?.addEventListener('abort', () => exchanges.close(exchange), { once: true });
    const endStream = (): void => {
      exchanges.close(exchange);
      if (!exchange.isAnswered) options.onStreamEnd?.();
    };
    try {
      await tap.run(exchange, () =>
        sender.post(message, { ...(signal && { signal }), ...(headers && { headers }) }, endStream),
      );
    } catch (thrown) {
      exchanges.close(exchange);
      if (!exchange.isAnswered) throw await failure(thrown, exchange, signal);
    }
  };
};

const requestIdOf = ({ id, method }: OutgoingMessage): RequestId | undefined =>
  id === undefined || method === undefined ? undefined : (JSON.stringify(id) as RequestId);

/** Whether it came to its end before the signal. */
const isAwaited = async (work: Promise<unknown> | undefined, signal: CancelSignal | undefined): Promise<boolean> => {
  if (work === undefined) return true;
  if (signal === undefined) return work.then(() => true);
  return whenAborted(work, signal).then(
    () => true,
    () => false,
  );
};

const cancelled = (name: string, cause: unknown, sent: boolean): HubError =>
  new HubError('CANCELLED', `the request to ${name} was given up`, { cause, upstream: name, sent });

const closed = (name: string, sent: boolean): HubError =>
  new HubError('UPSTREAM_CLOSED', `${name} cannot be reached: the connection is closed`, { upstream: name, sent });
