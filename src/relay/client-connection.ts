import type { ClientContext } from '../dispatch/call.ts';
import type { HubError } from '../errors/hub-error.ts';
import type {
  ErrorBody,
  ErrorMessage,
  NotificationMessage,
  RequestMessage,
  ResultMessage,
} from '../protocol/message.ts';
import type { ReceivedRequest } from './client-peer.ts';
import type { Refused } from './relay.ts';

/** A client in one era, behind an edge that has decided which. */
export interface ClientConnection {
  /** Answers a request; `bytesIn` is its size on the wire. */
  onRequest(message: RequestMessage, bytesIn: number): void;
  onNotification(message: NotificationMessage): void;
  /** Takes the client's answer to a question; false where nobody waits for it. */
  onAnswer(message: ResultMessage | ErrorMessage): boolean;
  /** Tells the log of a request that the edge could not read whole, or has refused by itself. */
  onRefused(request: ReceivedRequest, error: ErrorBody, outcome: Refused): void;
  /** Answers what is under way with the reason, and ends subscriptions. */
  abandon(reason: HubError): void;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  /** Stops watching for changes. */
  close(): void;
}

/** Tells that a client has said who it is. */
export type OnClientKnown = (client: ClientContext) => void;
