import type { ClientContext } from '../dispatch/call.ts';
import { isJsonObject } from '../protocol/json.ts';
import { TASKS_EXTENSION } from '../protocol/methods.ts';
import { createErrorBody } from '../protocol/parse.ts';
import { MISSING_CAPABILITY } from '../protocol/rev-2026-07-28/codec.ts';

/** Whether a client may speak of tasks: one without a session has to say with each request that it knows them. */
export const knowsTasks = ({ hasSession, capabilities: { extensions } }: ClientContext): boolean =>
  hasSession || (isJsonObject(extensions) && Object.hasOwn(extensions, TASKS_EXTENSION));

/** https://modelcontextprotocol.io/seps/2663-tasks-extension */
export const LACKS_TASKS = createErrorBody(MISSING_CAPABILITY, 'Missing required client capability: tasks', {
  requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
});
