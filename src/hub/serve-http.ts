import { type HttpServer, openHttpServer } from '../downstream/http/http-server.ts';
import { createTokenCheck, readToken, tokenFile } from '../downstream/http/token.ts';
import { HubError } from '../errors/hub-error.ts';
import type { Hub } from './hub.ts';

export interface ServeHttpOptions {
  /** `0` picks a free one. */
  readonly port: number;
  /** The address to bind; default 127.0.0.1. */
  readonly host?: string;
  /** Whether clients need the bearer token. */
  readonly auth: boolean;
  readonly stateDir: string;
}

/** Addresses that only this machine reaches. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Serves clients of a hub on HTTP. Every client needs the bearer token of this installation, which is made on the first
 * use and kept 0600; it may be left out only where no other machine can connect.
 * @throws HubError USAGE for an address that other machines reach without a token, or a port that cannot be bound;
 *   STORE_UNAVAILABLE when the token cannot be kept
 */
export const serveHttp = (
  { relay, bus, serverInfo, config }: Hub,
  { port, host = '127.0.0.1', auth, stateDir }: ServeHttpOptions,
): Promise<HttpServer> => {
  if (!auth && !LOOPBACK.has(host)) {
    throw new HubError('USAGE', `${host} cannot be served without a token: other machines reach it`, {
      hint: 'leave out --no-auth, or --host',
    });
  }
  return openHttpServer({
    relay,
    bus,
    serverInfo,
    host,
    port,
    hosts: LOOPBACK.has(host) ? [] : [host],
    isAuthorized: auth ? createTokenCheck(readToken(stateDir)) : () => true,
    maxBodyBytes: config.limits.httpBodyBytes,
    graceMs: config.timeouts.graceMs,
  });
};

/** Where the token of this installation is kept. */
export const tokenPlace = tokenFile;

/** What a hub on HTTP is for those that started it. */
export type { HttpServer };
