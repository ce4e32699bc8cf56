import { HubError } from '../../errors/hub-error.ts';
import type { Challenge } from '../auth/upstream-auth.ts';
import { excerpt } from './excerpt.ts';
import type { HttpEndpoint } from './http-endpoint.ts';
import { HttpStatusError } from './http-status-error.ts';

/** An HTTP answer that refuses a request and carries no JSON-RPC message. */
export interface Refusal {
  readonly status: number;
  /** The beginning of the body, with the endpoint's secrets hidden. */
  readonly bodyStart: string;
  /** Where it points, without query, if it is a redirect. */
  readonly target?: string;
  /** How long it asks to be left alone (`Retry-After`); only of 429 and 503. Milliseconds. */
  readonly retryAfterMs?: number;
  /** The server no longer knows the session that the request named, and so has not processed it. */
  readonly isSessionLost: boolean;
  /** What `WWW-Authenticate` asks for, where it stands in the answer. */
  readonly challenge?: Challenge;
}

export interface HttpFailureContext {
  /** The upstream. */
  readonly name: string;
  readonly endpoint: HttpEndpoint;
  /** Whether the endpoint has ever accepted a request of this connection. */
  readonly hasConnected: boolean;
}

/** Turns an HTTP answer that is no success into an error for a person; its cause is an `HttpStatusError`. */
export const refusalError = ({ name, endpoint, hasConnected }: HttpFailureContext, refusal: Refusal): HubError => {
  const { why, hint } = explainStatus(refusal);
  return new HubError(
    hasConnected ? 'UPSTREAM_CLOSED' : 'UPSTREAM_START_FAILED',
    `${name} cannot be used: ${why} (HTTP ${refusal.status} from ${endpoint.label})`,
    {
      cause: new HttpStatusError(refusal.status, refusal.bodyStart),
      upstream: name,
      sent: !refusal.isSessionLost,
      ...(refusal.retryAfterMs !== undefined && { retryAfterMs: refusal.retryAfterMs }),
      ...(hint !== undefined && { hint }),
    },
  );
};

interface Explanation {
  readonly why: string;
  readonly hint?: string;
}

const explainStatus = ({ status, target, isSessionLost }: Refusal): Explanation => {
  if (isSessionLost) return { why: 'it no longer knows the session' };
  if (target !== undefined) {
    return {
      why: `it redirects to ${target}, which is not followed`,
      hint: 'put that URL into the configuration, if it is the server you mean',
    };
  }
  if (status === 401) return { why: 'it wants a login', hint: 'put its token into "headers" of this entry' };
  if (status === 403) return { why: 'it refuses access', hint: 'check the token in "headers" of this entry' };
  if (status === 407) return { why: 'a proxy on the way wants a login' };
  if (status === 429) return { why: 'it asks for fewer requests', hint: 'wait a while' };
  if (status === 404 || status === 405)
    return { why: 'there is no MCP server at this URL', hint: 'check "url"; an older server may need "type": "sse"' };
  return { why: status >= 500 ? 'the server has failed' : 'it refuses the request' };
};

/** Codes of errors that come before the first byte of a request is sent, and what they mean. */
const NOT_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the name of its host is unknown',
  EAI_AGAIN: 'the name of its host cannot be looked up now',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not made in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
};

/** Turns what a failed request has thrown into an error for a person. */
export const requestError = ({ name, endpoint, hasConnected }: HttpFailureContext, thrown: unknown): HubError => {
  if (thrown instanceof HubError) return thrown;
  const code = codeOf(thrown);
  const notSent = code === undefined ? undefined : NOT_SENT[code];
  const why = notSent ?? describe(thrown, code);
  return new HubError(
    hasConnected ? 'UPSTREAM_CLOSED' : 'UPSTREAM_START_FAILED',
    `${name} cannot be reached: ${endpoint.hideSecrets(why)} (${endpoint.label})`,
    { cause: thrown, upstream: name, sent: notSent === undefined },
  );
};

const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const describe = (thrown: unknown, code: string | undefined): string => {
  if (code !== undefined && BROKEN.has(code)) return 'the connection broke';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'it did not answer in time';
  return innermost(thrown);
};

const causesOf = (thrown: unknown): Error[] =>
  thrown instanceof Error ? [thrown, ...causesOf(thrown.cause)].slice(0, 5) : [];

const codeOf = (thrown: unknown): string | undefined =>
  causesOf(thrown)
    .map((error) => ('code' in error ? error.code : undefined))
    .findLast((code) => typeof code === 'string');

const innermost = (thrown: unknown): string => excerpt(causesOf(thrown).at(-1)?.message ?? String(thrown));
