import type { IncomingMessage } from 'node:http';

/** Names under which a hub on this machine may be addressed. */
const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Why a request is refused, before its body is read. */
export interface Refusal {
  readonly status: 401 | 403 | 405 | 406 | 413 | 415;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GuardOptions {
  /** Further host names that the hub answers to, where it is bound to more than this machine. */
  readonly hosts: readonly string[];
  /** Whether the caller has the right credentials; always true where none are wanted. */
  readonly isAuthorized: (authorization: string | undefined) => boolean;
}

/**
 * Refuses what a web page could send to a server on this machine: a foreign Host (DNS rebinding), a foreign Origin, two of
 * either. Asked of every route, before anything else.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-endpoint
 */
export const refuseForeign = (request: IncomingMessage, hosts: readonly string[]): Refusal | undefined => {
  const host = only(request, 'host');
  if (host === undefined || !isAllowedHost(host, hosts))
    return { status: 403, reason: 'the Host header names another host' };
  const origins = request.headersDistinct['origin'] ?? [];
  if (origins.length > 1) return { status: 403, reason: 'there is more than one Origin header' };
  const [origin] = origins;
  if (origin !== undefined && !isAllowedOrigin(origin, hosts))
    return { status: 403, reason: 'the Origin header names another site' };
  return undefined;
};

/** Refuses a caller without credentials, RFC 6750. */
export const refuseStranger = (request: IncomingMessage, { isAuthorized }: GuardOptions): Refusal | undefined =>
  isAuthorized(only(request, 'authorization'))
    ? undefined
    : {
        status: 401,
        reason: 'a bearer token is needed: run mcp-hub token on the machine of the hub',
        headers: { 'www-authenticate': 'Bearer realm="mcp-hub"' },
      };

/** Refuses a body that is not JSON, and a client that cannot read what is answered. */
export const refuseMediaTypes = ({ headers }: IncomingMessage): Refusal | undefined => {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') return { status: 415, reason: 'the Content-Type must be application/json' };
  const accepted = headers.accept ?? '';
  const readsBoth = accepts(accepted, 'application/json') && accepts(accepted, 'text/event-stream');
  return readsBoth
    ? undefined
    : { status: 406, reason: 'the Accept header must list application/json and text/event-stream' };
};

const accepts = (accepted: string, type: string): boolean =>
  accepted.split(',').some((part) => {
    const range = part.split(';', 1)[0]?.trim().toLowerCase();
    return range === type || range === '*/*' || range === `${type.split('/', 1)[0]}/*`;
  });

const only = (request: IncomingMessage, name: string): string | undefined => {
  const values = request.headersDistinct[name] ?? [];
  return values.length === 1 ? values[0] : undefined;
};

const isAllowedHost = (host: string, hosts: readonly string[]): boolean => {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]@/\\\s]+)(?::\d{1,5})?$/i.exec(host);
  const name = match?.[1]?.toLowerCase();
  return name !== undefined && (LOCAL_NAMES.has(name) || hosts.includes(name));
};

const isAllowedOrigin = (origin: string, hosts: readonly string[]): boolean => {
  const match = /^https?:\/\/(.+)$/i.exec(origin);
  return match?.[1] !== undefined && isAllowedHost(match[1], hosts);
};
