import { HubError } from '../../errors/hub-error.ts';
import type { ClientConnection } from '../../relay/client-connection.ts';
import type { ClientChannel } from '../../relay/client-peer.ts';
import { createClientQueue } from './client-queue.ts';
import { createHistoryBudget } from './history-budget.ts';
import { LegacyHttpSession } from './legacy-http-session.ts';

/** A session without streams and requests is forgotten after this long. */
const SESSION_IDLE_MS = 30 * 60 * 1000;

/** A further session pushes out the one that was idle longest. */
const MAX_SESSIONS = 256;

export interface LegacySessionsOptions {
  /** Connects a new session to the relay; its client may be on another machine. */
  readonly open: (channel: ClientChannel, isElsewhere: boolean) => ClientConnection;
  readonly maxQueueBytes: number;
}

/** The sessions of all legacy clients. */
export interface LegacySessions {
  /** Opens a session for a principal; undefined where there are too many and all are in use. */
  open(principal: string, isElsewhere: boolean): LegacyHttpSession | undefined;
  /** The session of that id, where it belongs to the principal. */
  find(id: string, principal: string): LegacyHttpSession | undefined;
  end(session: LegacyHttpSession, reason: HubError): void;
  /** Ends the sessions that were not used for long. */
  sweep(): void;
  /** Resolves when no request is under way. */
  settled(): Promise<void>;
  /** Answers what is under way with the reason. */
  abandonAll(reason: HubError): void;
  endAll(reason: HubError): void;
}

export const createLegacySessions = ({ open, maxQueueBytes }: LegacySessionsOptions): LegacySessions => {
  const sessions = new Map<string, LegacyHttpSession>();
  const historyBudget = createHistoryBudget();

  const end = (session: LegacyHttpSession, reason: HubError): void => {
    if (sessions.delete(session.id)) session.close(reason);
  };

  const makeRoom = (): boolean => {
    if (sessions.size < MAX_SESSIONS) return true;
    const idlest = [...sessions.values()].reduce((a, b) => (b.idleMs() > a.idleMs() ? b : a));
    if (idlest.idleMs() === 0) return false;
    end(idlest, new HubError('CANCELLED', 'the session has ended: there are too many'));
    return true;
  };

  return {
    open(principal, isElsewhere) {
      if (!makeRoom()) return undefined;
      const queue = createClientQueue({ maxBytes: maxQueueBytes });
      const session = new LegacyHttpSession({
        principal,
        open: (channel) => open(channel, isElsewhere),
        queue,
        historyBudget,
      });
      sessions.set(session.id, session);
      return session;
    },
    find(id, principal) {
      const session = sessions.get(id);
      return session?.principal === principal ? session : undefined;
    },
    end,
    sweep() {
      for (const session of sessions.values()) {
        if (session.idleMs() > SESSION_IDLE_MS)
          end(session, new HubError('CANCELLED', 'the session has ended: it was not used for long'));
      }
    },
    async settled() {
      await Promise.all([...sessions.values()].map((session) => session.settled()));
    },
    abandonAll(reason) {
      for (const session of sessions.values()) session.abandon(reason);
    },
    endAll(reason) {
      for (const session of [...sessions.values()]) end(session, reason);
    },
  };
};
