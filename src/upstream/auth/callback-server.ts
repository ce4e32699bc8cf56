import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Waits on this machine for the browser to come back from the authorization server. */
export interface CallbackServer {
  /** What the browser is sent back to. */
  readonly redirectUri: string;
  /** Goes with the browser and has to come back with it, so that no other page can end this login. */
  readonly state: string;
  /** What the authorization server says, once. */
  readonly answered: Promise<URLSearchParams>;
  /** Takes the address that a person has copied from a browser elsewhere. Undefined where it is accepted, else why not. */
  accept(address: string): string | undefined;
  close(): void;
}

const PATH = '/callback';

/**
 * Listens on 127.0.0.1 (RFC 8252, 7.3). A request that does not carry the state is answered and forgotten.
 * @param port 0 takes a free one.
 * @throws Error with code EADDRINUSE where it is taken
 */
export const openCallbackServer = async (port: number): Promise<CallbackServer> => {
  const state = randomBytes(32).toString('base64url');
  const { promise, resolve } = Promise.withResolvers<URLSearchParams>();
  let isAnswered = false;

  const judge = (params: URLSearchParams): string | undefined => {
    if (!isEqual(params.get('state') ?? '', state)) return 'it does not belong to this login';
    if (params.get('code') === null && params.get('error') === null) return 'it holds neither a code nor an error';
    if (isAnswered) return 'this login has been answered already';
    isAnswered = true;
    resolve(params);
    return undefined;
  };

  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '', 'http://127.0.0.1');
    if (!isOwn(request, server.address() as AddressInfo) || url?.pathname !== PATH || request.method !== 'GET')
      return answer(response, 404, 'There is nothing here.');
    const fault = judge(url.searchParams);
    if (fault !== undefined) return answer(response, 400, `This address cannot be used: ${fault}.`);
    const isDone = url.searchParams.get('code') !== null;
    answer(
      response,
      200,
      isDone
        ? 'You can close this window and go back to the terminal.'
        : 'The login was refused. The terminal says why.',
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;

  return {
    redirectUri,
    state,
    answered: promise,
    accept(address) {
      const url = URL.parse(address.trim());
      if (url === null || !/^https?:$/.test(url.protocol)) return 'it is not an address';
      return judge(url.searchParams);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
};

/** A page that was made to point at this machine by its name is not answered. */
const isOwn = ({ headers }: IncomingMessage, { port }: AddressInfo): boolean =>
  headers.host === `127.0.0.1:${port}` || headers.host === `localhost:${port}`;

const isEqual = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** Nothing of the request stands in the page. */
const answer = (response: ServerResponse, status: number, sentence: string): void => {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  });
  const style = 'font: 1.2rem system-ui; margin: 4rem; color-scheme: light dark';
  response.end(`<!doctype html><meta charset="utf-8"><title>mcp-hub</title><p style="${style}">${sentence}</p>\n`);
};
