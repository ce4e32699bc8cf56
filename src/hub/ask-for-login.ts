import type { UpstreamConfig } from '../config/hub-config.ts';
import type { Call, ClientContext } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import type { Interceptor, Next } from '../dispatch/interceptor.ts';
import type { ErrorReply, Reply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import { isJsonObject } from '../protocol/json.ts';
import type { Mended } from '../relay/relay.ts';
import { tellRepetition } from '../resilience/tell-repetition.ts';
import { identityOf } from '../upstream/identity.ts';
import { Cancellation } from '../utils/cancellation.ts';
import { follow } from '../utils/eventual.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import { createAttemptCounts } from './attempt-counts.ts';
import { beginLogin, type LoginUnderWay } from './login-under-way.ts';
import { canLogIn, type LoginPlace } from './logins.ts';

export interface AskForLoginOptions {
  readonly bus: EventBus;
  readonly place: LoginPlace;
  /** The upstream as it is configured now; undefined where there is none of that name. */
  readonly upstreamOf: (name: string) => UpstreamConfig | undefined;
  /** Starts an upstream anew: one that has just refused the hub rests for a moment otherwise. */
  readonly restart: (name: string) => void;
  /** Waits until a repetition may be sent, which has been told by then; false where it may not. Default: at once. */
  readonly mayGoOn?: () => boolean | Promise<boolean>;
}

/** A call that was refused for the lack of a login. */
interface Repetition {
  readonly call: Call;
  readonly refused: ErrorReply;
  readonly failure: HubError;
  readonly next: Next;
}

/** What of a call is needed to ask for a login. */
type Asking = Pick<Call, 'client' | 'signal' | 'ask'>;

export interface AskForLogin {
  readonly interceptor: Interceptor;
  /** The same for a call of something that is not known yet, for the lack of the login. */
  mend(call: Asking, failure: HubError): Promise<Mended> | undefined;
  /** Gives up all logins that are under way. */
  close(): void;
}

/**
 * A call that lacks a login asks for it, where the client can have a person visit an address (`elicitation.url`), and is
 * repeated after it, which is told as every repetition is. The client opens the address, when the person agrees; the hub
 * opens no browser. Any other client gets the refusal, which names the command; so does one that may be on another machine,
 * whose browser would come back to the wrong one. Calls that lack the same login share one page.
 */
export const createAskForLogin = (options: AskForLoginOptions): AskForLogin => {
  const { bus, place, upstreamOf, restart, mayGoOn = () => true } = options;
  const underWay = new Map<string, LoginUnderWay>();
  const attempts = createAttemptCounts(bus);

  const isStill = (name: string, identity: string): boolean => {
    const now = upstreamOf(name);
    return now !== undefined && identityOf(now) === identity;
  };

  /** The login that is under way, where it is at the same server still; none that was given up. */
  const loginAt = (upstream: UpstreamConfig): LoginUnderWay => {
    const { name } = upstream;
    const identity = identityOf(upstream);
    const known = underWay.get(name);
    if (known?.identity === identity) return known;
    known?.end(new HubError('LOGIN_FAILED', `${name} is configured otherwise meanwhile`, { upstream: name }));
    const login = beginLogin(upstream, place, {
      identity,
      onDone: () => isStill(name, identity) && restart(name),
      onOver: () => void (underWay.get(name) === login && underWay.delete(name)),
    });
    underWay.set(name, login);
    return login;
  };

  const mend: AskForLogin['mend'] = (call, failure) => {
    if (failure.code !== 'LOGIN_REQUIRED' || call.signal.aborted || !takesAddresses(call.client)) return undefined;
    const upstream = failure.upstream === undefined ? undefined : upstreamOf(failure.upstream);
    return upstream !== undefined && canLogIn(upstream) ? ask(call, loginAt(upstream)) : undefined;
  };

  const repeat = async ({ call, refused, failure, next }: Repetition): Promise<Reply> => {
    const askedAt = performance.now();
    const mending = mend(call, failure);
    if (mending === undefined) return refused;
    const mended = await mending;
    const time = { ...refused.time, loginMs: performance.now() - askedAt };
    if (mended === undefined) return { ...refused, time };
    if (mended !== 'mended') return failureReply(mended, time);
    const { upstream } = call.target;
    const attempt = attempts.of(call.callId) + 1;
    tellRepetition(bus, { call, reply: refused, failure, failedAt: failure.upstream ?? upstream, attempt });
    if (!(await mayGoOn())) return failureReply(notLogged(upstream), time);
    const reply = await next({ ...call, attempt });
    const { startMs, workMs } = reply.time;
    return { ...reply, time: { ...time, startMs: time.startMs + startMs, workMs: time.workMs + workMs } };
  };

  const interceptor: Interceptor = (next) => {
    return function askForLogin(call) {
      return follow(next(call), call, repeatIfRefused);
    };

    function repeatIfRefused(reply: Reply, call: Call): Reply | Promise<Reply> {
      if (reply.kind !== 'error' || reply.failure?.code !== 'LOGIN_REQUIRED') return reply;
      return repeat({ call, refused: reply, failure: reply.failure, next });
    }
  };

  return {
    interceptor,
    mend,
    close() {
      for (const login of [...underWay.values()]) login.end(new HubError('CANCELLED', 'the hub ends'));
    },
  };
};

const takesAddresses = ({ isElsewhere, capabilities: { elicitation } }: ClientContext): boolean =>
  isElsewhere !== true && isJsonObject(elicitation) && isJsonObject(elicitation['url']);

/** Undefined where the client would not visit the page, or there is none. */
const ask = async ({ client, signal, ask: put }: Asking, login: LoginUnderWay): Promise<Mended> => {
  login.join();
  try {
    const page = await whenAborted(login.page, signal).catch(() => undefined);
    if (signal.aborted) return HubError.from(signal.reason, 'CANCELLED');
    if (page === undefined) return undefined;
    // Who has been asked in vain is not left with the question: another one has logged in, or nobody can any more.
    const asking = new Cancellation(signal);
    const withdraw = (): void => asking.abort(new HubError('CANCELLED', 'the login has come to its end'));
    login.done.then(withdraw, withdraw);
    const answer = await put(login.questionTo(client, page), asking);
    asking.release();
    if (signal.aborted) return HubError.from(signal.reason, 'CANCELLED');
    const isAccepted = answer.ok && answer.result['action'] === 'accept';
    if (isAccepted) login.visited();
    else if (!asking.aborted) return undefined;
    await whenAborted(login.done, signal);
    return 'mended';
  } catch (error) {
    return HubError.from(error);
  } finally {
    login.leave();
  }
};

const notLogged = (upstream: string): HubError =>
  new HubError('STORE_UNAVAILABLE', 'the call was not sent again after the login, because the log cannot be written', {
    upstream,
    hint: 'make the log writable, or set hub.log.onFailure to "serve"',
  });
