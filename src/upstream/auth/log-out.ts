import type { Fetch } from '../transport/http-tap.ts';
import type { LoginRecord } from './login-record.ts';
import type { LoginStore } from './login-store.ts';

export interface LogOutOptions {
  readonly store: LoginStore;
  readonly fetch: Fetch;
}

export interface LoggedOut {
  /** False where there was no login. */
  readonly wasLoggedIn: boolean;
  /** Whether the authorization server was told, where it can be (RFC 7009). */
  readonly isRevoked: boolean;
}

/** Forgets a login, and asks its authorization server to end it. What that says changes nothing. */
export const logOut = async ({ store, fetch }: LogOutOptions): Promise<LoggedOut> =>
  store.alone(async () => {
    const record = await store.read().catch(() => undefined);
    const wasLoggedIn = await store.remove();
    const isRevoked = record !== undefined && (await revoke(record, fetch).catch(() => false));
    return { wasLoggedIn, isRevoked };
  });

const revoke = async ({ metadata, client, tokens }: LoginRecord, fetch: Fetch): Promise<boolean> => {
  const { revocation_endpoint: endpoint } = metadata as { readonly revocation_endpoint?: unknown };
  const token = tokens?.refresh_token ?? tokens?.access_token;
  if (typeof endpoint !== 'string' || token === undefined) return false;
  const body = new URLSearchParams({ token, client_id: client.client_id });
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
  if (client.client_secret !== undefined) {
    const pair = `${encodeURIComponent(client.client_id)}:${encodeURIComponent(client.client_secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  }
  return (await fetch(endpoint, { method: 'POST', headers, body })).ok;
};
