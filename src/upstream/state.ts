import type { HubError } from '../errors/hub-error.ts';
import { settledWithin } from '../utils/settled-within.ts';
import type { Connection } from './handshake.ts';

/** One that can be asked, though its health may be in doubt. */
export interface Connected {
  readonly kind: 'ready' | 'degraded';
  readonly connection: Connection;
  readonly since: number;
  /** Settles when the connection has ended. */
  readonly ended: PromiseWithResolvers<void>;
}

/** What an upstream has in each state of its lifecycle. */
export type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly connection: Promise<Connection> }
  | Connected
  | { readonly kind: 'backing_off'; readonly error: HubError }
  | { readonly kind: 'stopped'; readonly reason: string };

export const isConnected = (state: State): state is Connected => state.kind === 'ready' || state.kind === 'degraded';

/** How long the news of an end may take. The pipes of a process are read to their end first. */
const END_NEWS_MS = { process: 500, remote: 50 } as const;

/** Waits a moment for the news that a connection has ended, which come after the failure of what was sent over it. */
export const newsOfEnd = async (state: State): Promise<void> => {
  if (!isConnected(state)) return;
  const { connection, ended } = state;
  await settledWithin(ended.promise, END_NEWS_MS[connection.link.pid === undefined ? 'remote' : 'process']);
};
