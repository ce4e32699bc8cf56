import type {
  AuthorizationServerMetadata,
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/client';

/** Tokens as they are kept: with the moment of their end, and bound to who has issued them. */
export type KeptTokens = OAuthTokens & {
  readonly issuer: string;
  /** Milliseconds since 1970; undefined where the server does not say. */
  readonly expiresAt?: number;
};

/** What is kept of a login at one upstream. Client and tokens belong to an issuer, and are never shown to another. */
export interface LoginRecord {
  readonly version: 1;
  readonly issuer: string;
  readonly authorizationServerUrl: string;
  readonly metadata: AuthorizationServerMetadata;
  /** The resource indicator (RFC 8707) that the tokens were asked for. */
  readonly resource?: string;
  readonly client: OAuthClientInformationMixed;
  /** Where the browser came back to; a registered client may be bound to it. */
  readonly redirectUri: string;
  /** Absent once they were found to be worth nothing. */
  readonly tokens?: KeptTokens;
  /** What a call was refused for the lack of; the next login asks for it too. */
  readonly wantedScope?: string;
}

/** What stands for a client where there is none, or the authorization server does not know it any more. */
export const NO_CLIENT: OAuthClientInformationMixed = { client_id: '' };

/** How a login is, as anybody may know who can read the file. */
export type LoginState = 'ok' | 'expired' | 'needs_scope';

/** So long before its end an access token is renewed, or a quarter of its life where that is less. Milliseconds. */
const RENEW_BEFORE_MS = 30_000;

/** Tokens of an answer, as they are kept. Those of a refresh that leave out the scope keep the one they had (RFC 6749, 5.1). */
export const keptTokens = (tokens: OAuthTokens, issuer: string, before?: KeptTokens, now = Date.now()): KeptTokens => ({
  ...(before?.scope !== undefined && { scope: before.scope }),
  ...tokens,
  issuer,
  ...(tokens.expires_in !== undefined && { expiresAt: now + tokens.expires_in * 1000 }),
});

export const isExpired = ({ expiresAt }: KeptTokens, earlyMs = 0, now = Date.now()): boolean =>
  expiresAt !== undefined && expiresAt - earlyMs <= now;

/** Whether a token is so close to its end that a request might arrive after it. */
export const isEnding = (tokens: KeptTokens, now = Date.now()): boolean => {
  const lifeMs = (tokens.expires_in ?? Number.POSITIVE_INFINITY) * 1000;
  return isExpired(tokens, Math.min(RENEW_BEFORE_MS, lifeMs / 4), now);
};

/** A login that cannot renew itself is over with its token. */
export const stateOf = ({ tokens, wantedScope }: LoginRecord, now = Date.now()): LoginState => {
  if (tokens === undefined) return 'expired';
  if (tokens.refresh_token === undefined && isExpired(tokens, 0, now)) return 'expired';
  return wantedScope === undefined ? 'ok' : 'needs_scope';
};

/** Scopes of both, each once; undefined for none. */
export const joinScopes = (...scopes: readonly (string | undefined)[]): string | undefined => {
  const words = new Set(scopes.flatMap((scope) => scope?.split(/\s+/).filter((word) => word !== '') ?? []));
  return words.size === 0 ? undefined : [...words].join(' ');
};
