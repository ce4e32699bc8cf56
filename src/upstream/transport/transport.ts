import type { JsonObject, JsonValue } from '../../protocol/json.ts';
import type { Message, RequestId } from '../../protocol/message.ts';
import type { CancelSignal } from '../../utils/cancellation.ts';

/** A JSON-RPC message on its way to an upstream; `JSON.stringify` writes it. */
export interface OutgoingMessage {
  readonly jsonrpc: '2.0';
  readonly id?: JsonValue;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: JsonObject;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: JsonValue };
}

export interface SendOptions {
  /** Further headers of the HTTP request that carries this message; a stdio transport ignores them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the HTTP request that carries this message; a stdio transport ignores it. */
  readonly signal?: CancelSignal;
  /** The HTTP stream of this request ended and no answer will come on it any more; never called on stdio. */
  readonly onStreamEnd?: () => void;
}

/** Why a transport is closed, in words for a person, with what a program needs to decide. */
export interface CloseCause {
  readonly reason: string;
  readonly exitCode?: number;
  readonly signalName?: string;
  /** The HTTP status that ended it, where one did. */
  readonly status?: number;
}

export interface TransportListener {
  /**
   * One valid JSON-RPC message.
   * @param about the request of the hub on whose own stream it came; undefined where the transport cannot tell.
   */
  onMessage(message: Message, about?: RequestId): void;
  /** Something unreadable arrived and was skipped; the connection goes on. */
  onProblem(problem: string): void;
  /** A complete line of the upstream's standard error, decoded; never called over HTTP. */
  onStderr(line: string): void;
  /** Called exactly once, after the last message, when the transport can carry nothing more. */
  onClose(cause: CloseCause): void;
}

/** Carries JSON-RPC messages to and from one upstream. It knows nothing of methods, eras or ids. */
export interface Transport {
  /**
   * Makes the connection, or the process. Resolves when a message can be sent.
   * @throws HubError `UPSTREAM_START_FAILED`, with the reason.
   */
  start(listener: TransportListener): Promise<void>;
  /**
   * Resolves when the message is handed to the pipe or the HTTP response has begun; undefined where that is so already.
   * Rejects with a HubError whose `sent` says whether a byte may have reached the upstream.
   */
  send(message: OutgoingMessage, options?: SendOptions): Promise<void> | undefined;
  /** Tells the transport the revision that a legacy `initialize` settled on (an HTTP header carries it). */
  setProtocolVersion?(version: string): void;
  /** Delivers as little as possible until `resume`: what the upstream writes stays with it. */
  pause?(): void;
  resume?(): void;
  /** Ends the connection or the whole process group; resolves when nothing of it is alive. Idempotent. */
  close(): Promise<void>;
  /** The process id, over stdio. */
  readonly pid?: number | undefined;
  /** The last lines of standard error, at most 64 KiB; empty over HTTP. */
  stderrTail(): string;
}
