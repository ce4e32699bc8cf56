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
  /**
   * Further names that the hub answers to, in lower case, where it is bound to more than this machine; then also the address
   * that a connection came in on. None for a hub that only this machine reaches.
   */
  readonly hosts: readonly string[];
  /** Tells who sends an Authorization header: the same for the same credentials; undefined for a stranger. */
  readonly authenticate: (authorization: string | undefined) => string | undefined;
}

/**
 * Refuses what a web page could send to a server on this machine: a foreign Host (DNS rebinding), a foreign Origin, two of
 * either. Asked of every route, before anything else.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-endpoint
 */
export const refuseForeign = (request: IncomingMessage, hosts: readonly string[]): Refusal | undefined => {
  const names = hosts.length === 0 ? LOCAL_NAMES : new Set([...LOCAL_NAMES, ...hosts, localAddress(request)]);
  const host = only(request, 'host');
  if (host === undefined || !isAllowedHost(host, names))
    return { status: 403, reason: 'the Host header names another host' };
  const origins = request.headersDistinct['origin'] ?? [];
  if (origins.length > 1) return { status: 403, reason: 'there is more than one Origin header' };
  const [origin] = origins;
  if (origin !== undefined && !isAllowedOrigin(origin, names))
    return { status: 403, reason: 'the Origin header names another site' };
  return undefined;
};

/** Refuses a caller without credentials, RFC 6750; else tells who it is. */
export const recognize = (
  request: IncomingMessage,
  { authenticate }: GuardOptions,
): { readonly principal: string } | Refusal => {
  const principal = authenticate(only(request, 'authorization'));
  if (principal !== undefined) return { principal };
  return {
    status: 401,
    reason: 'a bearer token is needed: run mcp-hub token on the machine of the hub',
    headers: { 'www-authenticate': 'Bearer realm="mcp-hub"' },
  };
};

/** Refuses a body that is not plain JSON, and a client that cannot read what is answered. */
export const refuseMediaTypes = (request: IncomingMessage): Refusal | undefined => {
  const type = only(request, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') return { status: 415, reason: 'the Content-Type must be application/json' };
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') return { status: 415, reason: 'the body must come without a Content-Encoding' };
  return accepts(request, 'application/json') && accepts(request, 'text/event-stream')
    ? undefined
    : { status: 406, reason: 'the Accept header must list application/json and text/event-stream' };
};

/** Refuses a client that asks for a stream and cannot read one. */
export const refuseNoStream = (request: IncomingMessage): Refusal | undefined =>
  accepts(request, 'text/event-stream')
    ? undefined
    : { status: 406, reason: 'the Accept header must list text/event-stream' };

const accepts = ({ headers }: IncomingMessage, type: string): boolean =>
  (headers.accept ?? '').split(',').some((part) => {
    const range = part.split(';', 1)[0]?.trim().toLowerCase();
    return range === type || range === '*/*' || range === `${type.split('/', 1)[0]}/*`;
  });

const only = (request: IncomingMessage, name: string): string | undefined => {
  const values = request.headersDistinct[name] ?? [];
  return values.length === 1 ? values[0] : undefined;
};

/** A page of another site can make a name point here, but never an address that it writes out. */
const localAddress = ({ socket }: IncomingMessage): string => {
  const address = socket.localAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? '';
  return address.includes(':') ? `[${address}]` : address;
};

const isAllowedHost = (host: string, names: ReadonlySet<string>): boolean => {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]@/\\\s]+)(?::\d{1,5})?$/i.exec(host);
  const name = match?.[1]?.toLowerCase();
  return name !== undefined && names.has(name);
};

const isAllowedOrigin = (origin: string, names: ReadonlySet<string>): boolean => {
  const match = /^https?:\/\/(.+)$/i.exec(origin);
  return match?.[1] !== undefined && isAllowedHost(match[1], names);
};
