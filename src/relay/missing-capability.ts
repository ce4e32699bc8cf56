import { CAPABILITY_OF, type Question } from '../dispatch/question.ts';
import { type ErrorReply, NO_TIME } from '../dispatch/reply.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { createErrorBody } from '../protocol/parse.ts';
import { MISSING_CAPABILITY } from '../protocol/rev-2026-07-28/codec.ts';

/** What a question needs of its client: a capability, or a mode of one that the client has. */
export interface Lack {
  readonly capability: string;
  readonly mode: string | undefined;
}

/**
 * What a client did not declare and a question needs; undefined where it may be put.
 * https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#capabilities and
 * https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#tools-in-sampling
 */
export const findLack = (
  { method, params }: Pick<Question, 'method' | 'params'>,
  capabilities: JsonObject,
): Lack | undefined => {
  const capability = CAPABILITY_OF[method];
  const declared = capabilities[capability];
  if (!isJsonObject(declared)) return { capability, mode: undefined };
  const mode = modeOf(method, params);
  return mode === undefined || hasMode(declared, mode) ? undefined : { capability, mode };
};

/** The refusal of a request of the modern era that cannot be carried out without what its client did not declare. */
export const refuseForLack = ({ capability, mode }: Lack): ErrorReply => {
  const name = mode === undefined ? capability : `${capability}.${mode}`;
  const requiredCapabilities = { [capability]: mode === undefined ? {} : { [mode]: {} } };
  return {
    kind: 'error',
    error: createErrorBody(MISSING_CAPABILITY, `Missing required client capability: ${name}`, { requiredCapabilities }),
    time: NO_TIME,
  };
};

const modeOf = (method: Question['method'], params: JsonObject): string | undefined => {
  if (method === 'elicitation/create') return params['mode'] === 'url' ? 'url' : 'form';
  return method === 'sampling/createMessage' && params['tools'] !== undefined ? 'tools' : undefined;
};

/** To declare elicitation without a mode means forms. */
const hasMode = (declared: JsonObject, mode: string): boolean =>
  Object.hasOwn(declared, mode) || (mode === 'form' && !Object.hasOwn(declared, 'url'));
