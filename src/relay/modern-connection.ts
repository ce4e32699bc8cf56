import type { ClientContext } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { ClientEnvelope, Implementation } from '../protocol/codec.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { NotificationMessage, RequestMessage } from '../protocol/message.ts';
import { methodEntry } from '../protocol/methods.ts';
import { createErrorBody, METHOD_NOT_FOUND } from '../protocol/parse.ts';
import { hasModernClaim, modernCodec, unsupportedVersion } from '../protocol/rev-2026-07-28/codec.ts';
import { shortened } from '../utils/shortened.ts';
import { carriedCapabilities } from './client-capabilities.ts';
import type { ClientConnection, OnClientKnown } from './client-connection.ts';
import { type ClientChannel, ClientPeer, ID_IN_USE, type JudgedRequest } from './client-peer.ts';
import { discoverResult } from './hub-identity.ts';
import type { InterimCalls } from './interim-calls.ts';
import { createListens } from './listens.ts';
import type { Relay } from './relay.ts';

export interface ModernConnectionOptions {
  readonly clientId: string;
  /** Names the connection, where the client may have others. */
  readonly connectionId?: string;
  /** Whether the client may be on another machine; default: it is on this one. */
  readonly isElsewhere?: boolean;
  readonly relay: Relay;
  readonly channel: ClientChannel;
  /** The calls that wait for answers of this client; they may outlive the connection. */
  readonly interim: InterimCalls;
  readonly serverInfo: Implementation;
  readonly onClientKnown: OnClientKnown;
}

/**
 * A modern client on one channel. It has no session: every request says who asks and what that client can do.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic
 */
export const createModernConnection = (options: ModernConnectionOptions): ClientConnection => {
  const { clientId, relay, channel, serverInfo } = options;
  const peer = new ClientPeer({
    clientId,
    codec: modernCodec,
    relay,
    carry: (request) => options.interim.carry(request),
    sendsLogsOfCalls: true,
    channel,
    serverInfo,
  });
  const listens = createListens(peer, relay);
  let knownAs = '';

  const contextOf = (envelope: ClientEnvelope): ClientContext => {
    const client: ClientContext = {
      id: clientId,
      ...(options.connectionId && { connectionId: options.connectionId }),
      ...(options.isElsewhere && { isElsewhere: true }),
      era: 'modern',
      protocolVersion: envelope.protocolVersion,
      info: envelope.clientInfo ?? { name: 'unknown', version: 'unknown' },
      hasSession: false,
      capabilities: carriedCapabilities(envelope.clientCapabilities, 'modern'),
    };
    const name = `${client.info.name} ${client.info.version}`;
    if (name !== knownAs) options.onClientKnown(client);
    knownAs = name;
    return client;
  };

  const serve = (request: JudgedRequest, envelope: ClientEnvelope): void => {
    const client = contextOf(envelope);
    if (request.method === 'server/discover')
      peer.sendResult(request.id, JSON.stringify(discoverResult(serverInfo, relay.viewOf(client))));
    else if (request.method === 'subscriptions/listen') listens.open(request, relay.viewOf(client), client);
    else peer.serve(request, client);
  };

  return {
    onRequest(message: RequestMessage, bytesIn) {
      const { id, method, params } = message;
      const request = { id, method, params, bytesIn };
      if (peer.isUnderWay(id) || listens.has(id)) {
        peer.refuse(request, ID_IN_USE, 'denied');
        return;
      }
      const decoded = modernCodec.decodeParams(params);
      if (decoded.ok && decoded.envelope !== undefined) {
        const { logLevel } = decoded.envelope;
        serve(
          { id, method, params: decoded.params, progressToken: decoded.progressToken, logLevel, bytesIn },
          decoded.envelope,
        );
        return;
      }
      // A client that opens a legacy session here is told which revisions there are; a method that this era lacks is
      // unknown without an envelope too.
      if (method === 'initialize') peer.refuse(request, unsupportedVersion(versionIn(params)));
      else if (!hasModernClaim(params) && methodEntry(method, 'modern') === undefined)
        peer.refuse(request, createErrorBody(METHOD_NOT_FOUND, `Method not found: ${shortened(method)}`));
      else if (!decoded.ok) peer.refuse(request, decoded.error);
    },
    onNotification(message: NotificationMessage) {
      if (message.method !== 'notifications/cancelled') return;
      if (!listens.cancel(message)) peer.cancel(message);
    },
    // A modern client answers nothing: it repeats its request.
    onAnswer: () => false,
    onRefused: (request, error, outcome) => peer.noteRefusal(request, error, outcome),
    abandon(reason) {
      listens.endAll();
      peer.abandonAll(reason);
    },
    settled: () => peer.settled(),
    close() {
      const gone = new HubError('CANCELLED', 'the client is gone');
      listens.close();
      peer.abandonAll(gone);
    },
  };
};

const versionIn = (params: JsonObject | undefined) => params?.['protocolVersion'];
