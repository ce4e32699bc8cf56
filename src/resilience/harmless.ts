import type { Call } from '../dispatch/call.ts';
import { isJsonObject } from '../protocol/json.ts';

/** What an operator says about the repetition of calls of one upstream. */
export interface RetryPolicy {
  readonly retry: 'auto' | 'safe' | 'off';
  /** Whether the annotations of its tools are believed. */
  readonly trusted: boolean;
}

/**
 * Whether a call that was sent and not answered may be sent again: the protocol has no idempotency key, so only reads may,
 * and tools of which the operator, or a server that he trusts, says so. What carries on an exchange, or makes a task, may not.
 */
export const isHarmlessTwice = ({ method, params, target }: Call, { retry, trusted }: RetryPolicy): boolean => {
  if (retry === 'off' || params['requestState'] !== undefined || params['inputResponses'] !== undefined) return false;
  switch (method) {
    case 'prompts/get':
    case 'resources/read':
    case 'completion/complete':
      return true;
    case 'tools/call':
      return params['task'] === undefined && (retry === 'safe' || (trusted && saysHarmless(target.definition)));
    default:
      return false;
  }
};

/** https://modelcontextprotocol.io/specification/2026-07-28/schema#toolannotations */
const saysHarmless = (definition: Call['target']['definition']): boolean => {
  const annotations = definition?.['annotations'];
  return isJsonObject(annotations) && (annotations['readOnlyHint'] === true || annotations['idempotentHint'] === true);
};
