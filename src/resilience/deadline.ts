import type { Interceptor } from '../dispatch/interceptor.ts';
import { HubError } from '../errors/hub-error.ts';

export interface DeadlineLimits {
  /** From the sending of the call to its answer, begun again by each progress notification. Milliseconds. */
  readonly callMs: number;
  /** The most that progress can stretch it to. Milliseconds. */
  readonly maxCallMs: number;
}

/**
 * Ends a call that takes too long: it is cancelled at the upstream, and its reply says how long it was given. The clock
 * starts when the request is sent, and stands still while a client is asked; the start of an upstream has a limit of its own.
 */
export const createDeadline =
  (limitsOf: (upstream: string) => DeadlineLimits): Interceptor =>
  (next) =>
    async function deadline(call) {
      const { upstream, qualifiedName } = call.target;
      const { callMs, maxCallMs } = limitsOf(upstream);
      const clock = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      let longest: NodeJS.Timeout | undefined;
      const expire = (afterMs: number, setting: string): void => {
        const hint = `raise hub.servers.${upstream}.timeouts.${setting}`;
        const message = `${qualifiedName} did not answer within ${afterMs} ms`;
        clock.abort(new HubError('TIMEOUT', message, { upstream, sent: true, hint }));
      };
      let openQuestions = 0;
      let isOver = false;
      /** The time that a client takes for an answer is not the upstream's. */
      const restart = (): void => {
        clearTimeout(timer);
        if (openQuestions > 0 || isOver) return;
        timer = setTimeout(expire, callMs, callMs, 'callMs');
      };
      try {
        return await next({
          ...call,
          signal: AbortSignal.any([call.signal, clock.signal]),
          sink: {
            sent() {
              restart();
              longest ??= setTimeout(expire, maxCallMs, maxCallMs, 'maxCallMs');
              call.sink.sent();
            },
            progress(params) {
              restart();
              call.sink.progress(params);
            },
            log: (params) => call.sink.log(params),
          },
          async ask(question, signal) {
            openQuestions += 1;
            clearTimeout(timer);
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
        clearTimeout(longest);
      }
    };
