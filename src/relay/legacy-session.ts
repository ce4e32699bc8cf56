import type { ClientContext } from '../dispatch/call.ts';
import type { Implementation } from '../protocol/codec.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { RequestMessage } from '../protocol/message.ts';
import { createErrorBody, INVALID_REQUEST } from '../protocol/parse.ts';
import { legacyCodec } from '../protocol/rev-2025-11-25/codec.ts';
import { readImplementation } from '../protocol/rev-2026-07-28/codec.ts';
import type { ClientConnection, OnClientKnown } from './client-connection.ts';
import { type ClientChannel, ClientPeer, changeNotifications } from './client-peer.ts';
import { initializeResult } from './hub-identity.ts';
import type { Relay } from './relay.ts';

export interface LegacySessionOptions {
  readonly clientId: string;
  readonly relay: Relay;
  readonly channel: ClientChannel;
  readonly serverInfo: Implementation;
  readonly onClientKnown: OnClientKnown;
}

/** A client that has not said who it is, as long as it has not. */
const UNKNOWN_CLIENT: Implementation = { name: 'unknown', version: 'unknown' };

/**
 * The state of one legacy client: what `initialize` said, and whether it may be told of changes. Requests before
 * `initialize` are served, as the servers that clients know do.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle
 */
export const createLegacySession = (options: LegacySessionOptions): ClientConnection => {
  const { clientId, relay, channel, serverInfo, onClientKnown } = options;
  const peer = new ClientPeer({ codec: legacyCodec, relay, channel, serverInfo });
  let client: ClientContext = {
    id: clientId,
    era: 'legacy',
    protocolVersion: '',
    info: UNKNOWN_CLIENT,
    // The hub carries no request from an upstream to a client of this era.
    capabilities: {},
  };
  let isOpen = false;
  let stopWatching = (): void => {};

  const initialize = ({ id, params }: RequestMessage): void => {
    if (client.protocolVersion !== '') {
      peer.sendError(id, createErrorBody(INVALID_REQUEST, 'the session is initialized already'));
      return;
    }
    const result = initializeResult(params?.['protocolVersion'], serverInfo);
    client = {
      ...client,
      protocolVersion: result['protocolVersion'] as string,
      info: readImplementation(params?.['clientInfo']) ?? UNKNOWN_CLIENT,
    };
    onClientKnown(client);
    peer.sendResult(id, JSON.stringify(result));
  };

  /** Changes are told only after `notifications/initialized`; the lists are watched from then on. */
  const open = (): void => {
    if (isOpen) return;
    isOpen = true;
    stopWatching = relay.viewOf(client).catalog.onChanged((kinds) => {
      for (const method of changeNotifications(kinds)) peer.sendNotification(method);
    });
  };

  const serve = (message: RequestMessage, bytesIn: number): void => {
    const decoded = legacyCodec.decodeParams(message.params);
    if (!decoded.ok) peer.sendError(message.id, decoded.error);
    else peer.serve({ ...decoded, id: message.id, method: message.method, logLevel: undefined, bytesIn }, client);
  };

  return {
    onRequest(message, bytesIn) {
      if (message.method === 'initialize') initialize(message);
      else if (message.method === 'ping') peer.sendResult(message.id, EMPTY_RESULT);
      else serve(message, bytesIn);
    },
    onNotification(message) {
      if (message.method === 'notifications/initialized') open();
      else if (message.method === 'notifications/cancelled') peer.cancel(message);
    },
    abandon: (reason) => peer.abandonAll(reason),
    settled: () => peer.settled(),
    close: () => stopWatching(),
  };
};

const EMPTY_RESULT = JSON.stringify({} satisfies JsonObject);
