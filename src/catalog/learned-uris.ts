import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import { linkedUrisOf } from './linked-uris.ts';

/** URIs beyond this many push out the oldest. */
const MAX_URIS = 10_000;

export interface LearnedUris {
  /** Remembers the URIs of resource links, embedded resources and user interfaces in a result. */
  learn(upstream: string, result: JsonObject): void;
  ownerOf(uri: string): string | undefined;
  /** The upstream is there no more. */
  forget(upstream: string): void;
}

/** Remembers which upstream's results named a URI; bounded. */
export const createLearnedUris = (): LearnedUris => {
  const owners = new Map<string, string>();
  return {
    learn(upstream, result) {
      if (namesNothing(result)) return;
      for (const uri of urisOf(result)) {
        owners.delete(uri);
        owners.set(uri, upstream);
        const [oldest] = owners.keys();
        if (owners.size > MAX_URIS && oldest !== undefined) owners.delete(oldest);
      }
    },
    ownerOf: (uri) => owners.get(uri),
    forget(upstream) {
      for (const [uri, owner] of owners) if (owner === upstream) owners.delete(uri);
    },
  };
};

/** Most results consist of texts: nothing has to be collected of them. */
const namesNothing = ({ content, messages, taskId, _meta }: JsonObject): boolean => {
  if (messages !== undefined || taskId !== undefined || _meta !== undefined) return false;
  if (!Array.isArray(content)) return true;
  for (const part of content) if (!isJsonObject(part) || part['type'] !== 'text') return false;
  return true;
};

/** https://modelcontextprotocol.io/specification/2026-07-28/server/tools#resource-links */
const urisOf = (result: JsonObject): string[] => {
  const { content, messages, taskId, result: ofTask } = result;
  const parts = Array.isArray(content) ? content : [];
  const inMessages = Array.isArray(messages)
    ? messages.filter(isJsonObject).map((message) => message['content'] ?? null)
    : [];
  const inTask = typeof taskId === 'string' && isJsonObject(ofTask) ? urisOf({ ...ofTask, taskId: null }) : [];
  return [...[...parts, ...inMessages].flatMap(uriOf), ...linkedUrisOf(result), ...inTask];
};

const uriOf = (part: JsonValue): string[] => {
  if (!isJsonObject(part)) return [];
  const holder = part['type'] === 'resource' ? part['resource'] : part['type'] === 'resource_link' ? part : undefined;
  return isJsonObject(holder) && typeof holder['uri'] === 'string' ? [holder['uri']] : [];
};
