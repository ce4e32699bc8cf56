import { ERROR_CODES, type HubErrorCode } from '../errors/codes.ts';
import { HubError } from '../errors/hub-error.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import type { HubSession } from './with-hub.ts';

export interface AskOptions {
  readonly timeoutMs?: number;
}

/**
 * Sends a request to the hub and gives its result.
 * @throws HubError of the hub's own code where the hub refused, else `UPSTREAM_ERROR` with what the upstream said;
 *   `CANCELLED` after Ctrl-C.
 */
export const ask = async (
  { client, signal }: HubSession,
  method: string,
  params: JsonObject,
  options: AskOptions = {},
): Promise<JsonObject> => {
  const reply = await whenAborted(client.request(method, params, { ...options, signal }), signal);
  if (reply.ok) return reply.result;
  const code = hubCodeOf(reply.error.code);
  throw new HubError(code ?? 'UPSTREAM_ERROR', reply.error.message, hintOf(reply.error.data));
};

/** All pages of a list, such as `tools/list` and its `tools`. */
export const askForAll = async (session: HubSession, method: string, member: string): Promise<JsonObject[]> => {
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await ask(session, method, cursor === undefined ? {} : { cursor });
    items.push(...(Array.isArray(page[member]) ? page[member] : []).filter(isJsonObject));
    const next = page['nextCursor'];
    if (typeof next !== 'string' || seen.has(next)) return items;
    seen.add(next);
    cursor = next;
  }
};

const hubCodeOf = (code: number): HubErrorCode | undefined => {
  const codes = Object.keys(ERROR_CODES) as HubErrorCode[];
  return codes.find((name) => ERROR_CODES[name].rpc === code && name !== 'INTERNAL');
};

const hintOf = (data: unknown): { hint?: string } => {
  const hint = isJsonObject(data) ? data['hint'] : undefined;
  return typeof hint === 'string' ? { hint } : {};
};
