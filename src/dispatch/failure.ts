import type { HubError } from '../errors/hub-error.ts';
import { renderWireError } from '../errors/render.ts';
import { createErrorBody } from '../protocol/parse.ts';
import { type ErrorReply, NO_TIME, type UpstreamTime } from './reply.ts';

/** The reply for a failure of the hub's own. */
export const failureReply = (failure: HubError, time: UpstreamTime = NO_TIME): ErrorReply => {
  const { code, message, data } = renderWireError(failure);
  return { kind: 'error', error: createErrorBody(code, message, { ...data }), failure, time };
};
