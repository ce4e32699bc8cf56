import type { Reply } from '../dispatch/reply.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import { URL_ELICITATION_REQUIRED } from './url-elicitations.ts';

/** Elicitations beyond this many push out the oldest. */
const MAX_TOLD = 1_024;

/**
 * The URL elicitations that a session was told of, in a question or in a refusal: it hears of the end of these, and of nobody
 * else's.
 * https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#completion-notifications-for-url-mode-elicitation
 */
export interface ToldElicitations {
  /** Remembers what the params of a question, or of one element of a refusal, name. */
  learn(params: JsonObject): void;
  /** Remembers what a reply names that refuses a call until URLs are visited; gives the reply back. */
  learnFrom(reply: Reply): Reply;
  /** Whether the session was told of it; it has no end but one. */
  take(elicitationId: string): boolean;
}

export const createToldElicitations = (): ToldElicitations => {
  const told = new Set<string>();
  const learn = ({ mode, elicitationId }: JsonObject): void => {
    if (mode !== 'url' || typeof elicitationId !== 'string') return;
    told.add(elicitationId);
    const [oldest] = told;
    if (told.size > MAX_TOLD && oldest !== undefined) told.delete(oldest);
  };
  return {
    learn,
    learnFrom(reply) {
      if (reply.kind === 'error' && reply.error.code === URL_ELICITATION_REQUIRED) {
        const { data } = JSON.parse(Buffer.from(reply.error.bytes).toString()) as JsonObject;
        for (const elicitation of elicitationsIn(data)) learn(elicitation);
      }
      return reply;
    },
    take: (elicitationId) => told.delete(elicitationId),
  };
};

const elicitationsIn = (data: JsonValue | undefined): JsonObject[] =>
  isJsonObject(data) && Array.isArray(data['elicitations']) ? data['elicitations'].filter(isJsonObject) : [];
