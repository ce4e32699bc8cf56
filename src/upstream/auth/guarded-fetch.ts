import { request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import {
  guardedLookup,
  isAddress,
  isLoopbackHost,
  isPublicAddress,
  type LookUp,
  PrivateAddressError,
  publicLookup,
} from '../transport/address-guard.ts';
import type { Fetch } from '../transport/http-tap.ts';

export interface GuardedFetchOptions {
  /** Whether addresses of this machine and of private networks may be asked too. */
  readonly allowPrivate: boolean;
  /** Default 15 000. */
  readonly timeoutMs?: number;
  /** How names are looked up where nothing private may be asked; default: as the system does. */
  readonly lookUp?: LookUp;
}

/** What authorization servers answer is small. */
const MAX_BODY_BYTES = 1024 * 1024;
const TIMEOUT_MS = 15_000;
const MAX_REDIRECTS = 3;

/**
 * A `fetch` for addresses that a server has named, and not the person: https alone, http only on this machine; nothing private
 * unless that is allowed; no user or password; each redirect of a GET is judged like the first address, any other is not
 * followed. The address that was judged is the one that is connected to.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/security-considerations
 */
export const createGuardedFetch =
  (options: GuardedFetchOptions): Fetch =>
  (url, init) =>
    follow(new URL(url), init ?? {}, options, MAX_REDIRECTS);

const follow = async (url: URL, init: RequestInit, options: GuardedFetchOptions, hops: number): Promise<Response> => {
  requireAllowed(url, options);
  const response = await ask(url, init, options);
  const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
  const isGet = (init.method ?? 'GET') === 'GET';
  if (location === null || !isGet || init.redirect === 'manual') return response;
  if (hops === 0) throw new Error(`${url.origin} redirects too often`);
  return follow(new URL(location, url), init, options, hops - 1);
};

/** @throws Error for an address that may not be asked, in words for a person */
export const requireAllowed = (url: URL, { allowPrivate }: Pick<GuardedFetchOptions, 'allowPrivate'>): void => {
  const { protocol, hostname, username, password } = url;
  const isLocal = isLoopbackHost(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal))
    throw new Error(`${JSON.stringify(url.href.slice(0, 200))} is not an https address`);
  if (username !== '' || password !== '') throw new Error(`the address at ${hostname} holds a user or a password`);
  if (!allowPrivate && (isLocal || (isAddress(hostname) && !isPublicAddress(hostname))))
    throw new PrivateAddressError(hostname);
};

const ask = (
  url: URL,
  init: RequestInit,
  { allowPrivate, timeoutMs = TIMEOUT_MS, lookUp }: GuardedFetchOptions,
): Promise<Response> => {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const body =
    init.body === undefined || init.body === null ? undefined : String(init.body as string | URLSearchParams);
  const headers = new Headers(init.headers);
  headers.set('accept-encoding', 'identity');
  if (body !== undefined) headers.set('content-length', String(Buffer.byteLength(body)));
  const options: RequestOptions = {
    method: init.method ?? 'GET',
    headers: Object.fromEntries(headers),
    // A connection that is kept for another request would end the command late.
    agent: false,
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])]),
    ...(!allowPrivate && { lookup: lookUp ? guardedLookup(lookUp) : publicLookup }),
  };
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (incoming) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > MAX_BODY_BYTES) incoming.destroy(new Error(`the answer of ${url.origin} is larger than 1 MiB`));
    });
    incoming.on('error', reject);
    incoming.on('end', () => {
      const { statusCode = 500, headers: answered } = incoming;
      const pairs = Object.entries(answered).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
      );
      const isBodyless = [204, 205, 304].includes(statusCode);
      resolve(new Response(isBodyless ? null : Buffer.concat(chunks), { status: statusCode, headers: pairs }));
    });
  });
  request.on('error', reject);
  request.end(body);
  return promise;
};
