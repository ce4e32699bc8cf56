import type { OAuthDiscoveryState } from '@modelcontextprotocol/client';
import type { HttpSettings, LoginSettings } from '../../config/hub-config.ts';
import type { HubError } from '../../errors/hub-error.ts';
import { whenAborted } from '../../utils/when-aborted.ts';
import { createHttpEndpoint } from '../transport/http-endpoint.ts';
import type { Fetch } from '../transport/http-tap.ts';
import { type CallbackServer, openCallbackServer } from './callback-server.ts';
import { askForChallenge, type ServerChallenge } from './challenge.ts';
import { requireAllowed } from './guarded-fetch.ts';
import { explainLoginError, loginFailed } from './login-errors.ts';
import { createLoginProvider, type LoginProvider } from './login-provider.ts';
import { joinScopes, keptTokens, type LoginRecord, NO_CLIENT } from './login-record.ts';
import type { LoginStore } from './login-store.ts';

export interface LogInOptions {
  /** The upstream. */
  readonly name: string;
  readonly transport: HttpSettings;
  readonly settings: LoginSettings;
  readonly store: LoginStore;
  /** For requests to addresses that the server names. */
  readonly fetch: Fetch;
  /** Whether those may be in a private network. */
  readonly allowPrivate: boolean;
  /**
   * Takes the person to the page of the login. `accept` takes an address that the person has copied from a browser elsewhere,
   * and tells why it is not accepted.
   */
  readonly visit: (page: LoginPage) => Promise<void>;
  /** Ends the waiting; its reason is a HubError. */
  readonly signal: AbortSignal;
}

export interface LoginPage {
  readonly url: URL;
  /** Who asks for the login. */
  readonly issuer: string;
  readonly scope: string | undefined;
  readonly redirectUri: string;
  accept(address: string): string | undefined;
}

/**
 * Logs in at an HTTP upstream with OAuth 2.1: finds its authorization server (RFC 9728, RFC 8414 or OpenID Connect), is a
 * client there by its configuration, a document (CIMD) or a registration (RFC 7591), sends the person to it with PKCE (S256),
 * and keeps the tokens, bound to the issuer.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
 * @throws HubError LOGIN_FAILED, or what `signal` was aborted with
 */
export const logIn = async (options: LogInOptions): Promise<LoginRecord> => {
  const { name, store, signal } = options;
  try {
    const before = await store.read();
    const { url, headers } = createHttpEndpoint(name, options.transport);
    const challenge = await askForChallenge({ url, headers, type: options.transport.type });
    const discovery = await discover(options, url, challenge);
    requireSameIssuer(options, before, issuerOf(discovery));
    signal.throwIfAborted();
    const callback = await openCallback(options.settings, before);
    // The port is free at once for the next login, whatever this one still waits for.
    signal.addEventListener('abort', callback.close, { once: true });
    try {
      const record = await throughBrowser(options, { url, challenge, discovery, before, callback });
      await store.alone(() => store.write(record));
      // Should it stay, the next login asks for it once more.
      await store.asked.keep(undefined).catch(() => undefined);
      return record;
    } finally {
      signal.removeEventListener('abort', callback.close);
      callback.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw explainLoginError(name, error);
  }
};

const discover = async (options: LogInOptions, serverUrl: URL, challenge: ServerChallenge): Promise<Discovery> => {
  const { name, fetch: fetchFn } = options;
  const { discoverOAuthServerInfo } = await import('@modelcontextprotocol/client');
  const { resourceMetadataUrl } = challenge;
  const found = await discoverOAuthServerInfo(serverUrl, {
    fetchFn,
    ...(resourceMetadataUrl && { resourceMetadataUrl }),
  });
  const { authorizationServerMetadata: metadata } = found;
  if (metadata === undefined) throw noLogin(name, challenge.status);
  // One that does not say so does not have it, and must be refused by the specification.
  if (metadata.code_challenge_methods_supported?.includes('S256') !== true)
    throw loginFailed(name, 'its authorization server does not support PKCE with S256');
  for (const address of [metadata.authorization_endpoint, metadata.token_endpoint, metadata.registration_endpoint])
    if (address !== undefined) requireAllowed(new URL(address), options);
  return {
    authorizationServerUrl: found.authorizationServerUrl,
    authorizationServerMetadata: metadata,
    ...(found.resourceMetadata && { resourceMetadata: found.resourceMetadata }),
    ...(resourceMetadataUrl && { resourceMetadataUrl: resourceMetadataUrl.href }),
  };
};

type Discovery = OAuthDiscoveryState & {
  readonly authorizationServerMetadata: NonNullable<OAuthDiscoveryState['authorizationServerMetadata']>;
};

const issuerOf = ({ authorizationServerMetadata }: Discovery): string => authorizationServerMetadata.issuer;

const noLogin = (name: string, status: number): HubError =>
  status === 401 || status === 403
    ? loginFailed(name, `it wants a login (HTTP ${status}), and names no authorization server`, {
        hint: 'put its token into "headers" of this entry',
      })
    : loginFailed(name, `it asks for no login (HTTP ${status})`, { hint: `run: mcp-hub list --check` });

/** A client that somebody has registered by hand belongs to one authorization server, and so does its secret. */
const requireSameIssuer = ({ name, settings }: LogInOptions, before: LoginRecord | undefined, issuer: string): void => {
  if (settings.clientId === undefined || before === undefined || before.issuer === issuer) return;
  throw loginFailed(name, `its authorization server was ${before.issuer} and is now ${issuer}`, {
    hint: `if that is right: mcp-hub logout ${name}, and log in again with a client of the new one`,
  });
};

/** The port that was configured, or that of the last login, to which a registration may be bound, or any. */
const openCallback = async (settings: LoginSettings, before: LoginRecord | undefined): Promise<CallbackServer> => {
  if (settings.redirectPort !== undefined) return openCallbackServer(settings.redirectPort);
  const port = Number(URL.parse(before?.redirectUri ?? '')?.port ?? 0);
  return openCallbackServer(port).catch(() => openCallbackServer(0));
};

interface Visit {
  readonly url: URL;
  readonly challenge: ServerChallenge;
  readonly discovery: Discovery;
  readonly before: LoginRecord | undefined;
  readonly callback: CallbackServer;
}

const throughBrowser = async (options: LogInOptions, visit: Visit): Promise<LoginRecord> => {
  const { name, fetch: fetchFn, signal, settings } = options;
  const { discovery, before, callback } = visit;
  const { auth } = await import('@modelcontextprotocol/client');
  const scope = scopeOf(options, visit);
  const provider = createLoginProvider({ settings, discovery, before, scope, ...callback });
  const step = { serverUrl: visit.url, fetchFn, ...(scope !== undefined && { scope }) };
  await auth(provider, { ...step, forceReauthorization: true });
  const page = provider.outcome.authorizationUrl;
  if (page === undefined) throw loginFailed(name, 'there is no page for the login');
  requireAllowed(page, options);
  const { searchParams } = page;
  // Nobody is taken to a page whose way back is closed.
  signal.throwIfAborted();
  await options.visit({
    url: page,
    issuer: issuerOf(discovery),
    scope: searchParams.get('scope') ?? undefined,
    redirectUri: callback.redirectUri,
    accept: callback.accept,
  });
  const answer = await whenAborted(callback.answered, signal);
  await requireGranted(name, answer, discovery);
  const iss = answer.get('iss') ?? undefined;
  await auth(provider, { ...step, authorizationCode: answer.get('code') ?? '', ...(iss !== undefined && { iss }) });
  return recordOf(options, visit, provider, searchParams.get('scope') ?? undefined);
};

/** What the person has configured, or else what the server asks for; and what a call was refused for the lack of. */
const scopeOf = ({ settings, store }: LogInOptions, { challenge, before }: Visit): string | undefined => {
  const wanted = before?.wantedScope === undefined ? undefined : joinScopes(before.tokens?.scope, before.wantedScope);
  return joinScopes(settings.scope ?? joinScopes(challenge.scope, store.asked.read()), wanted);
};

/** What an authorization server says of an error is told only once it is known to come from it (RFC 9207). */
const requireGranted = async (name: string, answer: URLSearchParams, discovery: Discovery): Promise<void> => {
  const error = answer.get('error');
  if (error === null) return;
  const { validateAuthorizationResponseIssuer } = await import('@modelcontextprotocol/client');
  const { issuer, authorization_response_iss_parameter_supported: isSaid } = discovery.authorizationServerMetadata;
  validateAuthorizationResponseIssuer({
    iss: answer.get('iss') ?? undefined,
    expectedIssuer: issuer,
    issParameterSupported: isSaid === true,
  });
  throw loginFailed(name, `its authorization server says ${error}: ${answer.get('error_description') ?? 'no reason'}`);
};

const recordOf = (
  { name }: LogInOptions,
  { discovery, callback, challenge }: Visit,
  { outcome }: LoginProvider,
  askedScope: string | undefined,
): LoginRecord => {
  const { client, tokens, resource } = outcome;
  if (tokens === undefined) throw loginFailed(name, 'its authorization server has given no token');
  const issuer = issuerOf(discovery);
  // A server that leaves out the scope has granted what was asked for (RFC 6749, 5.1).
  const scope = tokens.scope ?? askedScope ?? challenge.scope;
  return {
    version: 1,
    issuer,
    authorizationServerUrl: discovery.authorizationServerUrl,
    metadata: discovery.authorizationServerMetadata,
    ...(resource !== undefined && { resource }),
    client: client ?? NO_CLIENT,
    redirectUri: callback.redirectUri,
    tokens: keptTokens({ ...tokens, ...(scope !== undefined && { scope }) }, issuer),
  };
};
