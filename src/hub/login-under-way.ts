import { randomUUID } from 'node:crypto';
import type { UpstreamConfig } from '../config/hub-config.ts';
import type { ClientContext } from '../dispatch/call.ts';
import type { Question } from '../dispatch/question.ts';
import { HubError } from '../errors/hub-error.ts';
import { printable } from '../utils/printable.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import { type LoginPage, type LoginPlace, logInAt } from './logins.ts';

/** A login at an upstream that several calls may wait for. */
export interface LoginUnderWay {
  /** Of the upstream as it was configured at the beginning. */
  readonly identity: string;
  readonly page: Promise<LoginPage>;
  /** Rejects at once when the login is given up. */
  readonly done: Promise<unknown>;
  /** A call waits for it from now on, until it leaves. */
  join(): void;
  /** The last one that leaves gives it up, where nobody has gone to the page. */
  leave(): void;
  /** A person has gone to the page: now it is waited for, also when all calls are given up. */
  visited(): void;
  /** The question that takes the person of a client to the page; one and the same for all its calls. */
  questionTo(client: ClientContext, page: LoginPage): Question;
  /** Gives it up: nobody can join it after that. */
  end(reason: HubError): void;
}

export interface LoginUnderWayOptions {
  readonly identity: string;
  /** Called when the login is kept, before anybody hears of it. */
  readonly onDone: () => void;
  /** Called when it is over or given up, before anybody hears of that. */
  readonly onOver: () => void;
}

/** How long a person may take in the browser. Milliseconds. */
const PATIENCE_MS = 300_000;

/** Begins to log in at an upstream, as far as a page that a person has to visit. */
export const beginLogin = (
  upstream: UpstreamConfig,
  place: LoginPlace,
  { identity, onDone, onOver }: LoginUnderWayOptions,
): LoginUnderWay => {
  const { name } = upstream;
  const ending = new AbortController();
  const page = Promise.withResolvers<LoginPage>();
  page.promise.catch(() => {});
  const questions = new Map<string, Question>();
  let waiting = 0;
  let isVisited = false;

  const over = (): void => {
    clearTimeout(late);
    onOver();
  };
  const end = (reason: HubError): void => {
    over();
    ending.abort(reason);
  };
  const late = setTimeout(() => end(tooLate(name)), PATIENCE_MS);
  const visit = async (found: LoginPage): Promise<void> => page.resolve(found);
  const login = logInAt(upstream, place, { signal: ending.signal, visit }).then(onDone).finally(over);
  const done = whenAborted(login, ending.signal);
  done.catch(page.reject);

  return {
    identity,
    page: page.promise,
    done,
    join() {
      waiting += 1;
    },
    leave() {
      waiting -= 1;
      if (waiting === 0 && !isVisited) end(new HubError('CANCELLED', 'nobody wants to log in'));
    },
    visited() {
      isVisited = true;
    },
    questionTo({ id, connectionId = id }, found) {
      const question = questions.get(connectionId) ?? questionOf(name, found);
      questions.set(connectionId, question);
      return question;
    },
    end,
  };
};

/** The id is of the client that is asked alone: no other hears what becomes of it. */
const questionOf = (name: string, { url, issuer, scope }: LoginPage): Question => ({
  upstream: name,
  key: 'login',
  method: 'elicitation/create',
  params: {
    mode: 'url',
    elicitationId: randomUUID(),
    url: url.href,
    message: printable(`${name} asks for a login at ${issuer}${scope === undefined ? '' : `, for ${scope}`}`),
  },
});

const tooLate = (name: string): HubError =>
  new HubError('LOGIN_FAILED', `nobody came back from the login at ${name} within ${PATIENCE_MS / 60_000} minutes`, {
    upstream: name,
    hint: `run: mcp-hub login ${name}`,
  });
