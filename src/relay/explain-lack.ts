import type { Call } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor } from '../dispatch/interceptor.ts';
import type { ErrorReply, Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import { isJsonObject, type JsonObject, parseLossless } from '../protocol/json.ts';
import { createErrorBody, isTooDeep } from '../protocol/parse.ts';
import { MISSING_CAPABILITY } from '../protocol/rev-2026-07-28/codec.ts';
import { follow } from '../utils/eventual.ts';
import { CARRIED_EXTENSIONS } from './client-capabilities.ts';

/**
 * Tells a client in its own terms that an upstream needs a capability of it. What the upstream said is about the envelope
 * that the hub wrote: a client without a session hears which of its capabilities are missing and who needs them; one with a
 * session, whose era has no such error, gets a tool error that its model can read, and an error of the hub for other methods.
 * https://modelcontextprotocol.io/specification/2026-07-28/schema#missingrequiredclientcapabilityerror
 */
export const explainLack: Interceptor = (next) =>
  function explain(call) {
    return follow(next(call), call, explainIfLack);
  };

const isLack = (reply: Reply): reply is ErrorReply =>
  reply.kind === 'error' && reply.from === 'modern' && reply.error.code === MISSING_CAPABILITY;

const explainIfLack = (reply: Reply, call: Call): Reply => (isLack(reply) ? explainTo(call, reply) : reply);

const explainTo = (call: Call, reply: ErrorReply): Reply => {
  const required = requiredIn(reply);
  const names = namesOf(required);
  const blocked = names.extensions.filter((name) => !CARRIED_EXTENSIONS[call.client.era].includes(name));
  const message = `${call.target.upstream} needs of its client: ${names.all.join(', ') || 'a capability that it does not name'}`;
  if (blocked.length > 0) return fail(call, reply, `${message}; the hub does not carry ${blocked.join(', ')}`);
  if (call.client.hasSession) return fail(call, reply, `${message}; this client did not declare it`);
  return { ...reply, error: createErrorBody(MISSING_CAPABILITY, message, { requiredCapabilities: required }) };
};

const fail = ({ method, target, client }: Call, { time }: ErrorReply, message: string): Reply => {
  if (method !== 'tools/call' || !client.hasSession)
    return failureReply(new HubError('CLIENT_LACKS', message, { upstream: target.upstream }), time);
  const value: JsonObject = { content: [{ type: 'text', text: message }], isError: true };
  return { kind: 'result', body: { era: 'legacy', bytes: Buffer.from(JSON.stringify(value)), value }, time };
};

const requiredIn = ({ error }: ErrorReply): JsonObject => {
  const text = Buffer.from(error.bytes).toString();
  if (isTooDeep(text)) return {};
  const { data } = parseLossless(text) as JsonObject;
  return isJsonObject(data) && isJsonObject(data['requiredCapabilities']) ? data['requiredCapabilities'] : {};
};

/** Extensions are named one by one. */
const namesOf = ({ extensions, ...others }: JsonObject): { readonly all: string[]; readonly extensions: string[] } => {
  const names = isJsonObject(extensions) ? Object.keys(extensions) : [];
  return { all: [...Object.keys(others), ...names], extensions: names };
};
