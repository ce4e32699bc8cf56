import type { Interceptor } from '../dispatch/interceptor.ts';
import { HubError } from '../errors/hub-error.ts';
import { Cancellation } from '../utils/cancellation.ts';

export interface DeadlineLimits {
  /** From the sending of the call to its answer, begun again by each progress notification. Milliseconds. */
  readonly callMs: number;
  /** The most that progress can stretch it to. Milliseconds. */
  readonly maxCallMs: number;
}

/**
 * Ends a call that takes too long: it is cancelled at the upstream, and its reply says how long it was given. The clock
 * starts when the request is sent, counts the time that the call has waited for its turn, and stands still while a client is
 * asked; the start of an upstream has a limit of its own.
 */
export const createDeadline =
  (limitsOf: (upstream: string) => DeadlineLimits): Interceptor =>
  (next) =>
    async function deadline(call) {
      const { upstream, qualifiedName } = call.target;
      const { callMs, maxCallMs } = limitsOf(upstream);
      const limit = new Cancellation(call.signal);
      /** Set while a call is at the upstream and no client is asked. */
      let timer: NodeJS.Timeout | undefined;
      let firstSentAt: number | undefined;
      let openQuestions = 0;
      let isOver = false;
      const expire = (afterMs: number, setting: string): void => {
        const hint = `raise hub.servers.${upstream}.timeouts.${setting}`;
        const message = `${qualifiedName} did not answer within ${afterMs} ms`;
        limit.abort(new HubError('TIMEOUT', message, { upstream, sent: true, hint }));
      };
      /** The time that a client takes for an answer counts for `maxCallMs` alone. */
      const restart = (spentMs = 0): void => {
        clearTimeout(timer);
        if (isOver || firstSentAt === undefined) return;
        const restMs = Math.max(0, firstSentAt + maxCallMs - performance.now());
        const turnMs = Math.max(0, callMs - spentMs);
        if (openQuestions === 0 && turnMs <= restMs) timer = setTimeout(expire, turnMs, callMs, 'callMs');
        else timer = setTimeout(expire, restMs, maxCallMs, 'maxCallMs');
      };
      try {
        return await next({
          callId: call.callId,
          method: call.method,
          params: call.params,
          client: call.client,
          target: call.target,
          logLevel: call.logLevel,
          wantsProgress: call.wantsProgress,
          signal: limit,
          bytesIn: call.bytesIn,
          sink: {
            sent(waitedMs = 0) {
              firstSentAt ??= performance.now() - waitedMs;
              restart(waitedMs);
              call.sink.sent(waitedMs);
            },
            progress(params) {
              restart();
              call.sink.progress(params);
            },
            log: (params) => call.sink.log(params),
          },
          async ask(question, signal) {
            openQuestions += 1;
            restart();
            try {
              return await call.ask(question, signal);
            } finally {
              openQuestions -= 1;
              restart();
            }
          },
        });
      } finally {
        isOver = true;
        clearTimeout(timer);
      }
    };
