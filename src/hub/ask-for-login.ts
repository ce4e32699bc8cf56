import { randomUUID } from 'node:crypto';
import type { UpstreamConfig } from '../config/hub-config.ts';
import type { Call, ClientContext } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor } from '../dispatch/interceptor.ts';
import { HubError } from '../errors/hub-error.ts';
import { isJsonObject } from '../protocol/json.ts';
import type { Mended } from '../relay/relay.ts';
import { printable } from '../utils/printable.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import { canLogIn, type LoginPage, type LoginPlace, logInAt } from './logins.ts';

export interface AskForLoginOptions {
  readonly place: LoginPlace;
  /** The upstream as it is configured now; undefined where there is none of that name. */
  readonly upstreamOf: (name: string) => UpstreamConfig | undefined;
  /** Starts an upstream anew: one that has just refused the hub rests for a moment otherwise. */
  readonly restart: (name: string) => void;
}

export interface AskForLogin {
  readonly interceptor: Interceptor;
  /** The same for a call of something that is not known yet, for the lack of the login. */
  mend(call: Pick<Call, 'client' | 'signal' | 'ask'>, failure: HubError): Promise<Mended>;
  /** Gives up all logins that are under way. */
  close(): void;
}

/** How long a person may take in the browser. Milliseconds. */
const PATIENCE_MS = 300_000;

/**
 * A call that lacks a login asks for it, where the client can have a person visit an address (`elicitation.url`), and is
 * repeated after it. The client opens the address, when the person agrees; the hub opens no browser. Any other client gets
 * the refusal, which names the command. Calls that lack the same login share one page.
 */
export const createAskForLogin = ({ place, upstreamOf, restart }: AskForLoginOptions): AskForLogin => {
  const underWay = new Map<string, LoginUnderWay>();

  const loginAt = (upstream: UpstreamConfig): LoginUnderWay => {
    const { name } = upstream;
    const login = underWay.get(name) ?? beginLogin(upstream, place, restart);
    underWay.set(name, login);
    const forget = (): void => {
      if (underWay.get(name) === login) underWay.delete(name);
    };
    login.done.then(forget, forget);
    return login;
  };

  const mend: AskForLogin['mend'] = async (call, failure) => {
    if (failure.code !== 'LOGIN_REQUIRED' || !takesAddresses(call.client)) return undefined;
    const upstream = failure.upstream === undefined ? undefined : upstreamOf(failure.upstream);
    return upstream !== undefined && canLogIn(upstream) ? ask(call, upstream, loginAt(upstream)) : undefined;
  };

  const interceptor: Interceptor = (next) => async (call) => {
    const reply = await next(call);
    if (reply.kind !== 'error' || reply.failure === undefined) return reply;
    const mended = await mend(call, reply.failure);
    if (mended === undefined) return reply;
    return mended === 'mended' ? next(call) : failureReply(mended);
  };

  return {
    interceptor,
    mend,
    close() {
      for (const login of underWay.values()) login.end(new HubError('CANCELLED', 'the hub ends'));
    },
  };
};

const takesAddresses = ({ capabilities: { elicitation } }: ClientContext): boolean =>
  isJsonObject(elicitation) && isJsonObject(elicitation['url']);

interface LoginUnderWay {
  readonly id: string;
  readonly page: Promise<LoginPage>;
  readonly done: Promise<unknown>;
  /** How many calls wait for it. */
  waiting: number;
  /** Whether a person has gone to the page: then it is waited for, also when the call is given up. */
  isVisited: boolean;
  end(reason: HubError): void;
}

const beginLogin = (upstream: UpstreamConfig, place: LoginPlace, restart: (name: string) => void): LoginUnderWay => {
  const { name } = upstream;
  const ending = new AbortController();
  const page = Promise.withResolvers<LoginPage>();
  page.promise.catch(() => {});
  const late = setTimeout(() => ending.abort(tooLate(name)), PATIENCE_MS);
  const visit = async (found: LoginPage): Promise<void> => page.resolve(found);
  const done = logInAt(upstream, place, { signal: ending.signal, visit })
    .then(() => restart(name))
    .finally(() => clearTimeout(late));
  done.catch(page.reject);
  const end = (reason: HubError): void => ending.abort(reason);
  return { id: randomUUID(), page: page.promise, done, waiting: 0, isVisited: false, end };
};

/** Undefined where the client would not visit the page, or there is none. */
const ask = async (
  { signal, ask: put }: Pick<Call, 'client' | 'signal' | 'ask'>,
  { name }: UpstreamConfig,
  login: LoginUnderWay,
): Promise<Mended> => {
  login.waiting += 1;
  try {
    const page = await whenAborted(login.page, signal).catch(() => undefined);
    if (page === undefined) return undefined;
    const answer = await put(questionOf(name, login.id, page), signal);
    if (!answer.ok || answer.result['action'] !== 'accept') return undefined;
    login.isVisited = true;
    await whenAborted(login.done, signal);
    return 'mended';
  } catch (error) {
    return HubError.from(error);
  } finally {
    login.waiting -= 1;
    if (login.waiting === 0 && !login.isVisited) login.end(new HubError('CANCELLED', 'nobody wants to log in'));
  }
};

const questionOf = (name: string, elicitationId: string, { url, issuer, scope }: LoginPage) => ({
  upstream: name,
  key: 'login',
  method: 'elicitation/create' as const,
  params: {
    mode: 'url',
    elicitationId,
    url: url.href,
    message: printable(`${name} asks for a login at ${issuer}${scope === undefined ? '' : `, for ${scope}`}`),
  },
});

const tooLate = (name: string): HubError =>
  new HubError('LOGIN_FAILED', `nobody came back from the login at ${name} within ${PATIENCE_MS / 60_000} minutes`, {
    upstream: name,
    hint: `run: mcp-hub login ${name}`,
  });
