import { hostname } from 'node:os';
import { type HttpServer, openHttpServer } from '../downstream/http/http-server.ts';
import { createTokenCheck } from '../downstream/http/token.ts';
import { HubError } from '../errors/hub-error.ts';
import type { Hub } from './hub.ts';

export interface ServeHttpOptions {
  /** `0` picks a free one. */
  readonly port: number;
  /** The address to bind; default `localhost`, which is 127.0.0.1 and ::1. */
  readonly host?: string;
  /** Whether clients need the bearer token. */
  readonly auth: boolean;
  readonly stateDir: string;
}

/** Addresses that only this machine reaches. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** Addresses that stand for all of this machine's. */
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * Serves clients of a hub on HTTP. Every client needs the bearer token of this installation, which is made on the first
 * use and kept 0600; it may be left out only where no other machine can connect.
 * @throws HubError USAGE for an address that other machines reach without a token, or a port that cannot be bound;
 *   STORE_UNAVAILABLE when the token cannot be kept
 */
export const serveHttp = async (
  { relay, bus, serverInfo, config, logBehind }: Hub,
  { port, host = 'localhost', auth, stateDir }: ServeHttpOptions,
): Promise<HttpServer> => {
  if (!auth && !LOOPBACK.has(host)) {
    throw new HubError('USAGE', `${host} cannot be served without a token: other machines may reach it`, {
      hint: 'leave out --no-auth, or --host',
    });
  }
  return openHttpServer({
    relay,
    bus,
    serverInfo,
    host,
    port,
    hosts: LOOPBACK.has(host) ? [] : namesOf(host),
    authenticate: auth ? createTokenCheck(stateDir) : () => 'anyone',
    maxBodyBytes: config.limits.httpBodyBytes,
    maxQueueBytes: config.limits.clientQueueBytes,
    logBehind,
    graceMs: config.timeouts.graceMs,
  });
};

/** What clients put into their Host header for an address that was bound. */
const namesOf = (host: string): string[] => {
  if (EVERYWHERE.has(host)) return [hostname().toLowerCase()];
  return [host.includes(':') ? `[${host.toLowerCase()}]` : host.toLowerCase()];
};

/** What a hub on HTTP is for those that started it. */
export type { HttpServer };
