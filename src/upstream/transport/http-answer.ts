import { METHOD_NOT_FOUND, parseMessage } from '../../protocol/parse.ts';
import type { Challenge } from '../auth/upstream-auth.ts';
import { excerpt } from './excerpt.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** The media type of an answer, without parameters; empty where it has none. */
export const mediaType = (response: Response): string =>
  (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Where a redirect points, without user, password and query; `undefined` for any other answer. */
export const redirectTarget = (url: string | URL, response: Response): string | undefined => {
  const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
  const target = location === null ? null : URL.parse(location, String(url));
  return target === null ? undefined : `${target.origin}${target.pathname}`;
};

/**
 * What an answer asks for in `WWW-Authenticate` (RFC 6750, 3); undefined where it asks for nothing, or in no way that the hub
 * knows.
 */
export const readChallenge = ({ headers }: Response): Challenge | undefined => {
  const text = headers.get('www-authenticate') ?? '';
  if (!/^(?:Bearer|DPoP)\s/i.test(text)) return undefined;
  const read = (name: string): string | undefined => {
    const [, quoted, bare] = new RegExp(`(?:^|[\\s,])${name}=(?:"([^"]*)"|([^\\s,]+))`, 'i').exec(text) ?? [];
    return quoted ?? bare;
  };
  return { error: read('error'), scope: read('scope') };
};

/** The same answer with another body. */
export const withBody = (
  response: Response,
  body: ReadableStream<Uint8Array> | Uint8Array | string | null,
): Response => {
  const headers = new Headers(response.headers);
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name);
  const { status, statusText } = response;
  return new Response(BODYLESS.has(status) ? null : (body as ConstructorParameters<typeof Response>[0]), {
    status,
    statusText,
    headers,
  });
};

/** Whether a body says that the method is unknown: a modern server sends this with 404. */
export const isMethodNotFound = (body: Buffer): boolean => {
  const outcome = parseMessage(body);
  return outcome.ok && outcome.message.kind === 'error' && outcome.message.error.code === METHOD_NOT_FOUND;
};

/** The beginning of a body for a person; nothing of a web page. */
export const bodyStart = (response: Response, body: Buffer): string =>
  mediaType(response) === 'text/html' ? '' : excerpt(body.toString('utf8', 0, 1024));
