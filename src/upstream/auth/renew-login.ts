import type { HubError } from '../../errors/hub-error.ts';
import { LOGIN_REASONS } from '../../errors/login-reasons.ts';
import type { Fetch } from '../transport/http-tap.ts';
import { explainLoginError, loginRequired } from './login-errors.ts';
import { isEnding, keptTokens, type LoginRecord, NO_CLIENT } from './login-record.ts';
import type { LoginStore } from './login-store.ts';

export interface RenewOptions {
  /** The upstream. */
  readonly name: string;
  readonly store: LoginStore;
  /** The access token that was found to be too old; where another has been kept meanwhile, that one is taken. */
  readonly staleToken: string | undefined;
  readonly fetch: Fetch;
}

/** Answers that say that a refresh token, or the client, is worth nothing any more. https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
const FINAL: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client']);

/**
 * Gets new tokens with the refresh token, at the authorization server that has issued it. Of several hubs that do so at once
 * only one asks: a refresh token may be good for one use only, and using it twice may end the login.
 * @throws HubError LOGIN_REQUIRED where that can be mended by a new login alone; LOGIN_FAILED for now
 */
export const renewLogin = ({ name, store, staleToken, fetch }: RenewOptions): Promise<LoginRecord> =>
  store.alone(async () => {
    const record = await store.read();
    if (record?.tokens === undefined) throw loginRequired(name, record ? LOGIN_REASONS.over : LOGIN_REASONS.none);
    if (record.tokens.access_token !== staleToken && !isEnding(record.tokens)) return record;
    if (record.tokens.refresh_token === undefined) throw await endLogin(name, store, record);
    const { OAuthError, refreshAuthorization } = await import('@modelcontextprotocol/client');
    try {
      const tokens = await refreshAuthorization(record.authorizationServerUrl, {
        metadata: record.metadata,
        clientInformation: record.client,
        refreshToken: record.tokens.refresh_token,
        // Its text is sent as the server has written it.
        ...(record.resource !== undefined && { resource: record.resource as unknown as URL }),
        fetchFn: fetch,
      });
      const renewed = { ...record, tokens: keptTokens(tokens, record.issuer, record.tokens) };
      await store.write(renewed);
      return renewed;
    } catch (error) {
      if (error instanceof OAuthError && FINAL.has(error.code)) {
        // The next login has to register anew: a browser that is sent there with this client would not come back.
        const client = error.code === 'invalid_client' ? NO_CLIENT : record.client;
        throw await endLogin(name, store, { ...record, client });
      }
      throw explainLoginError(name, error);
    }
  });

/** Keeps the client, where it is one, and the wishes, and lets the tokens go. */
const endLogin = async (name: string, store: LoginStore, record: LoginRecord): Promise<HubError> => {
  const { tokens: _tokens, ...rest } = record;
  await store.write(rest);
  return loginRequired(name, LOGIN_REASONS.over);
};
