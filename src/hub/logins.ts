import type { UpstreamConfig } from '../config/hub-config.ts';
import type { LoginPage } from '../upstream/auth/log-in.ts';
import type { LoggedOut } from '../upstream/auth/log-out.ts';
import type { LoginStatus } from '../upstream/auth/login-store.ts';
import { mayLogIn } from '../upstream/auth/may-log-in.ts';

export type { LoggedOut, LoginPage, LoginStatus };

/** Where logins are kept. */
export interface LoginPlace {
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface LoginUse {
  /** Takes the person to the page of the login; resolves when that is done, not when the person is. */
  readonly visit: (page: LoginPage) => Promise<void>;
  /** Scopes to ask for beside what the server asks for. */
  readonly scope?: string | undefined;
  /** Ends the waiting; its reason is a HubError. */
  readonly signal: AbortSignal;
}

/** Whether one can log in at an upstream at all: an HTTP server that is not given a token by its configuration. */
export const canLogIn = mayLogIn;

/**
 * Logs in at an upstream, through the browser of a person, and keeps the login for all hubs of this person.
 * @throws HubError LOGIN_FAILED, STORE_UNAVAILABLE, or what `signal` was aborted with
 */
export const logInAt = async (upstream: UpstreamConfig, place: LoginPlace, use: LoginUse): Promise<LoginStatus> => {
  const { name, transport, auth } = upstream;
  if (transport.type === 'stdio') throw new TypeError(`${name} is no HTTP server`);
  const [vault, { loginMeans }, { logIn }, { readLoginStatus }] = await Promise.all([
    openVault(place),
    import('../upstream/auth/login-means.ts'),
    import('../upstream/auth/log-in.ts'),
    import('../upstream/auth/login-store.ts'),
  ]);
  const settings = { ...(auth || {}), ...(use.scope !== undefined && { scope: use.scope }) };
  const record = await logIn({ name, transport, settings, ...loginMeans(upstream, vault), ...use });
  const status = readLoginStatus(vault, { name, url: transport.url });
  if (status === undefined) throw new TypeError(`the login at ${record.issuer} was not kept`);
  return status;
};

/** Forgets the login at an upstream, and asks its authorization server to end it. */
export const logOutAt = async (upstream: UpstreamConfig, place: LoginPlace): Promise<LoggedOut> => {
  const [vault, { loginMeans }, { logOut }] = await Promise.all([
    openVault(place),
    import('../upstream/auth/login-means.ts'),
    import('../upstream/auth/log-out.ts'),
  ]);
  return logOut(loginMeans(upstream, vault));
};

/**
 * The logins that are kept, by their upstream; those at which nobody has logged in are not in it. No key is needed, and no
 * server is asked.
 * @throws HubError STORE_UNAVAILABLE
 */
export const loginStatuses = async (
  upstreams: readonly UpstreamConfig[],
  place: LoginPlace,
): Promise<ReadonlyMap<string, LoginStatus>> => {
  const statuses = new Map<string, LoginStatus>();
  const remote = upstreams.filter(mayLogIn);
  if (remote.length === 0) return statuses;
  const [vault, { readLoginStatus }] = await Promise.all([openVault(place), import('../upstream/auth/login-store.ts')]);
  for (const { name, transport } of remote) {
    const status = transport.type === 'stdio' ? undefined : readLoginStatus(vault, { name, url: transport.url });
    if (status !== undefined) statuses.set(name, status);
  }
  return statuses;
};

const openVault = async ({ stateDir, env }: LoginPlace) => (await import('../vault/vault.ts')).openVault(stateDir, env);
