import { createHash, randomUUID } from 'node:crypto';
import { HubError } from '../../errors/hub-error.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { META } from '../../protocol/meta.ts';
import { metaOf } from '../../protocol/params-meta.ts';
import { readImplementation } from '../../protocol/rev-2026-07-28/codec.ts';
import type { ClientConnection } from '../../relay/client-connection.ts';
import { createInterimCalls, type InterimCalls } from '../../relay/interim-calls.ts';
import type { Relay } from '../../relay/relay.ts';
import { type ClientQueue, createClientQueue } from './client-queue.ts';

/** What the hub keeps of a client that has no session: a principal with its name and version. */
export interface ModernClient {
  readonly id: string;
  /** Its calls that wait for answers; nobody else can go on with them. */
  readonly interim: InterimCalls;
  readonly queue: ClientQueue;
}

export interface ModernClients {
  /** The client that a request of a principal comes from, by what its envelope says. */
  of(principal: string, params: JsonObject | undefined): ModernClient;
  /** Keeps the connection of one request until it is closed. */
  keep(connection: ClientConnection): void;
  drop(connection: ClientConnection): void;
  /** Resolves when no request is under way; subscriptions do not count. */
  settled(): Promise<void>;
  /** Answers what is under way with the reason, and ends subscriptions. */
  abandonAll(reason: HubError): void;
}

export interface ModernClientsOptions {
  readonly relay: Relay;
  readonly maxQueueBytes: number;
}

/** The client that was not seen longest is forgotten when there are more; its calls that wait for answers are given up. */
const MAX_CLIENTS = 256;

export const createModernClients = ({ relay, maxQueueBytes }: ModernClientsOptions): ModernClients => {
  // Ids of two hubs that write into one log never meet.
  const salt = randomUUID();
  const clients = new Map<string, ModernClient>();
  const connections = new Set<ClientConnection>();

  const forgetOldest = (): void => {
    const [oldest] = clients.keys();
    if (clients.size <= MAX_CLIENTS || oldest === undefined) return;
    clients.get(oldest)?.interim.abandonAll(new HubError('CANCELLED', 'the client was not seen for long'));
    clients.delete(oldest);
  };

  return {
    of(principal, params) {
      const { name = '', version = '' } = readImplementation(metaOf(params)[META.clientInfo]) ?? {};
      const id = createHash('sha256')
        .update(JSON.stringify([salt, principal, name, version]))
        .digest('hex')
        .slice(0, 32);
      const client = clients.get(id) ?? {
        id,
        interim: createInterimCalls({ relay }),
        queue: createClientQueue({ maxBytes: maxQueueBytes }),
      };
      clients.delete(id);
      clients.set(id, client);
      forgetOldest();
      return client;
    },
    keep: (connection) => void connections.add(connection),
    drop: (connection) => void connections.delete(connection),
    async settled() {
      await Promise.all([...connections].map((connection) => connection.settled()));
    },
    abandonAll(reason) {
      for (const { interim } of clients.values()) interim.abandonAll(reason);
      for (const connection of connections) connection.abandon(reason);
    },
  };
};
