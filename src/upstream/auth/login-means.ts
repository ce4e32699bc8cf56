import type { UpstreamConfig } from '../../config/hub-config.ts';
import type { Vault } from '../../vault/vault.ts';
import { isAddress, isLoopbackHost, isPublicAddress } from '../transport/address-guard.ts';
import type { Fetch } from '../transport/http-tap.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { createLoginStore, type LoginStore } from './login-store.ts';

/** What logins of an upstream need: where they are kept, and how their authorization server is asked. */
export interface LoginMeans {
  readonly store: LoginStore;
  readonly fetch: Fetch;
  readonly allowPrivate: boolean;
}

/**
 * Addresses that a server names may be private ones where the person allows it, or has configured a private address for the
 * server itself: who has a server on this machine has its authorization server there too.
 */
export const loginMeans = (upstream: UpstreamConfig, vault: Vault): LoginMeans => {
  const { name, transport } = upstream;
  const url = transport.type === 'stdio' ? '' : transport.url;
  const { hostname = '' } = URL.parse(url) ?? {};
  const isPrivate = isLoopbackHost(hostname) || (isAddress(hostname) && !isPublicAddress(hostname));
  const allowPrivate = upstream.allowPrivate || isPrivate;
  return { store: createLoginStore(vault, { name, url }), fetch: createGuardedFetch({ allowPrivate }), allowPrivate };
};
