import type { AuthProvider } from '@modelcontextprotocol/client';
import { HubError } from '../../errors/hub-error.ts';
import { LOGIN_REASONS } from '../../errors/login-reasons.ts';
import { readChallenge } from '../transport/http-answer.ts';
import type { Fetch } from '../transport/http-tap.ts';
import { loginRequired } from './login-errors.ts';
import { isEnding, isExpired, joinScopes, type LoginRecord } from './login-record.ts';
import type { LoginStore } from './login-store.ts';
import { renewLogin } from './renew-login.ts';

export interface UpstreamAuthOptions {
  /** The upstream. */
  readonly name: string;
  readonly store: LoginStore;
  /** For requests to the authorization server. */
  readonly fetch: Fetch;
}

/** What an HTTP server says in `WWW-Authenticate` when it refuses. */
export interface Challenge {
  readonly error?: string | undefined;
  readonly scope?: string | undefined;
}

/** Gives the requests to one upstream the token of its login, and renews it. It never opens a browser. */
export interface UpstreamAuth extends AuthProvider {
  /** The text without the token that was last given. */
  hideToken(text: string): string;
  /** The error for a request that was refused, where a login would mend it. */
  explain(status: number, challenge: Challenge | undefined): Promise<HubError | undefined>;
}

export const createUpstreamAuth = ({ name, store, fetch }: UpstreamAuthOptions): UpstreamAuth => {
  let known: { readonly stamp: string | undefined; readonly record: Promise<LoginRecord | undefined> } | undefined;
  let renewing: Promise<LoginRecord> | undefined;
  let givenToken: string | undefined;

  /** A login of another process is seen with the next request. */
  const load = (): Promise<LoginRecord | undefined> => {
    const stamp = store.stamp();
    if (known === undefined || known.stamp !== stamp)
      known = { stamp, record: stamp === undefined ? Promise.resolve(undefined) : store.read() };
    known.record.catch(() => (known = undefined));
    return known.record;
  };

  const renew = (staleToken: string | undefined): Promise<LoginRecord> => {
    renewing ??= renewLogin({ name, store, staleToken, fetch }).finally(() => (renewing = undefined));
    return renewing;
  };

  /** A token that is about to end is renewed before it is refused; where that fails, the server decides. */
  const current = async (): Promise<string | undefined> => {
    const tokens = (await load())?.tokens;
    if (tokens?.refresh_token === undefined || !isEnding(tokens)) return tokens?.access_token;
    try {
      return (await renew(tokens.access_token)).tokens?.access_token;
    } catch (error) {
      if (isExpired(tokens)) throw error;
      return tokens.access_token;
    }
  };

  return {
    hideToken: (text) => (givenToken === undefined ? text : text.replaceAll(givenToken, '[hidden]')),
    async token() {
      givenToken = await current();
      return givenToken;
    },
    async onUnauthorized({ response }) {
      const record = await load();
      await keepAsked(record, readChallenge(response)?.scope);
      if (record?.tokens === undefined) throw loginRequired(name, reasonWithout(record));
      if (record.tokens.access_token === givenToken) await renew(givenToken);
    },
    async explain(status, challenge) {
      if (status === 401) {
        const record = await load();
        await keepAsked(record, challenge?.scope);
        return loginRequired(name, record?.tokens === undefined ? reasonWithout(record) : LOGIN_REASONS.refused);
      }
      return status === 403 && challenge?.error === 'insufficient_scope' ? wantScope(challenge.scope) : undefined;
    },
  };

  /** Where it cannot be kept, the login asks for what the server names then. */
  async function keepAsked(record: LoginRecord | undefined, scope: string | undefined): Promise<void> {
    if (scope === undefined || hasScope(record, scope)) return;
    await store.asked.keep(scope).catch(() => undefined);
  }

  /** What is lacking is kept for the next login. A server that refuses what it has granted is not asked again. */
  async function wantScope(scope: string | undefined): Promise<HubError> {
    const wanted = scope === undefined ? '' : ` (scope ${JSON.stringify(scope)})`;
    return store.alone(async () => {
      const record = await store.read();
      if (record?.tokens === undefined) return loginRequired(name, reasonWithout(record));
      if (scope !== undefined && hasScope(record, scope))
        return new HubError(
          'UPSTREAM_UNAVAILABLE',
          `${name} refuses access although its login has what it asks for${wanted}`,
          {
            upstream: name,
            hint: 'ask the operator of that server',
          },
        );
      const wantedScope = joinScopes(record.wantedScope, scope);
      if (wantedScope !== undefined && wantedScope !== record.wantedScope)
        await store.write({ ...record, wantedScope });
      return loginRequired(name, `${LOGIN_REASONS.scope}${wanted}`);
    });
  }
};

/** Whether a login was granted all of a scope, as far as it is known. */
const hasScope = (record: LoginRecord | undefined, scope: string): boolean => {
  const granted = record?.tokens?.scope?.split(/\s+/);
  return granted !== undefined && scope.split(/\s+/).every((word) => granted.includes(word));
};

/** Why there is no token. */
const reasonWithout = (record: LoginRecord | undefined): string =>
  record === undefined ? LOGIN_REASONS.none : LOGIN_REASONS.over;
