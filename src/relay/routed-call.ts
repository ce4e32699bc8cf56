import type { CallSink, ClientContext } from '../dispatch/call.ts';
import type { Ask } from '../dispatch/question.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { isLogLevel, isWanted } from '../protocol/log-level.ts';
import type { RequestId } from '../protocol/message.ts';
import type { NamedKind } from '../protocol/methods.ts';
import { METHOD_NOT_FOUND } from '../protocol/parse.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import type { ClientPeer, JudgedRequest } from './client-peer.ts';
import type { RoutedRequest } from './relay.ts';

/** A routed request with the id that its client gave it. Whoever can ask the client sets how. */
export interface PeerRequest extends Omit<RoutedRequest, 'ask'> {
  readonly id: RequestId;
  ask: Ask;
}

/** A routed request on its way. It is the sink of its call as well: it sends what belongs to it, as long as it is not answered. */
export class RoutedCall implements PeerRequest, CallSink {
  readonly id: RequestId;
  readonly method: string;
  readonly subject: NamedKind;
  readonly params: JsonObject;
  readonly client: ClientContext;
  readonly logLevel: string | undefined;
  readonly bytesIn: number;
  readonly signal: CancelSignal;
  readonly wantsProgress: boolean;
  readonly sink: CallSink;
  ask: Ask = cannotBeAsked;
  readonly peer: ClientPeer;
  readonly #progressToken: JsonValue | undefined;
  readonly #sendsLogs: boolean;

  /** @param sendsLogs whether log messages that come while it is under way are sent for it, as it asks. */
  constructor(
    peer: ClientPeer,
    { id, method, params, logLevel, bytesIn, progressToken }: JudgedRequest,
    subject: NamedKind,
    client: ClientContext,
    signal: CancelSignal,
    sendsLogs: boolean,
  ) {
    this.id = id;
    this.method = method;
    this.subject = subject;
    this.params = params;
    this.client = client;
    this.logLevel = logLevel;
    this.bytesIn = bytesIn;
    this.signal = signal;
    this.wantsProgress = progressToken !== undefined;
    this.sink = this;
    this.peer = peer;
    this.#progressToken = progressToken;
    this.#sendsLogs = sendsLogs;
  }

  sent(): void {}

  progress(params: JsonObject): void {
    const progressToken = this.#progressToken;
    if (progressToken === undefined || !this.peer.isUnderWay(this.id)) return;
    this.peer.sendNotification('notifications/progress', { ...params, progressToken }, this.id);
  }

  log(params: JsonObject): void {
    const { id, logLevel } = this;
    if (!this.#sendsLogs || !isLogLevel(logLevel) || !this.peer.isUnderWay(id) || !isWanted(params['level'], logLevel))
      return;
    this.peer.sendNotification('notifications/message', params, id);
  }
}

const cannotBeAsked: Ask = async () => ({
  ok: false,
  error: { code: METHOD_NOT_FOUND, message: 'the client cannot be asked' },
});
