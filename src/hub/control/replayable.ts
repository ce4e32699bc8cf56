import { HubError } from '../../errors/hub-error.ts';
import { isJsonObject } from '../../protocol/json.ts';
import type { CallRow } from '../../store/log-reader.ts';
import type { ControlCommand } from './messages.ts';

/** Methods that mean the same when they are sent once more, and go to one server. */
const METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/**
 * The command that makes a logged call once more.
 * @param call with its payloads
 * @throws HubError USAGE where the log does not hold all that was sent
 */
export const replayOf = (call: CallRow): Extract<ControlCommand, { method: 'replay' }> => {
  const refuse = (why: string): HubError =>
    new HubError('USAGE', `this call cannot be made again: ${why}`, { hint: 'make it by hand: mcp-hub call --help' });
  if (!METHODS.has(call.method)) throw refuse(`${call.method} is not a call of a tool, prompt or resource`);
  if (call.request === undefined) throw refuse('the log does not hold what was sent');
  if (call.isRequestCut) throw refuse('the log holds only the beginning of what was sent');
  if (call.request.includes('***')) throw refuse('secrets in it were not stored');
  const params: unknown = JSON.parse(call.request);
  if (!isJsonObject(params)) throw refuse('the log does not hold what was sent');
  // What belonged to the one request: its progress token, its client, its trace.
  const { _meta: _, ...rest } = params;
  return { method: 'replay', params: { method: call.method, params: rest } };
};
