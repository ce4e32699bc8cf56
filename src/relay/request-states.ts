import type { Reply } from '../dispatch/reply.ts';
import type { JsonObject } from '../protocol/json.ts';
import { spliceMembers } from '../protocol/json-bytes.ts';
import { changedBody } from '../protocol/large-result.ts';

/** Marks a `requestState` as the hub's own. What an upstream made passes unread. */
export const HANDLE_PREFIX = 'mcp-hub:';

/** Comes before the state of an upstream that looks like the hub's own, as that of another hub does. */
const PASSED_PREFIX = `${HANDLE_PREFIX}passed:`;

/** The reply with the state of its upstream in it so that it is not taken for the hub's own when it comes back. */
export const passState = (reply: Reply): Reply => {
  if (reply.kind !== 'input_required') return reply;
  const { bytes, value } = reply.body;
  const { requestState } = value;
  if (typeof requestState !== 'string' || !requestState.startsWith(HANDLE_PREFIX)) return reply;
  const passed = `${PASSED_PREFIX}${requestState}`;
  const spliced = spliceMembers(Buffer.from(bytes), { requestState: JSON.stringify(passed) });
  return { ...reply, body: changedBody(reply.body, spliced, { ...value, requestState: passed }) };
};

/** The params with the state as the upstream made it. */
export const withOwnState = (params: JsonObject): JsonObject => {
  const { requestState } = params;
  return typeof requestState === 'string' && requestState.startsWith(PASSED_PREFIX)
    ? { ...params, requestState: requestState.slice(PASSED_PREFIX.length) }
    : params;
};

/** Whether a state is the hub's own, made up or not. */
export const isHandle = (requestState: unknown): requestState is string =>
  typeof requestState === 'string' && requestState.startsWith(HANDLE_PREFIX) && !requestState.startsWith(PASSED_PREFIX);
