import type { UpstreamConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';
import { Cancellation, type CancelSignal } from '../utils/cancellation.ts';

/** Ends a request of the hub's own that takes longer than a call may. */
export interface CallLimit {
  /** Ends with a HubError `TIMEOUT`, or with the request's own signal. */
  readonly signal: CancelSignal;
  /** Starts the clock, or starts it again: the request is sent now. */
  start(): void;
  /** The request is over. */
  stop(): void;
}

export const createCallLimit = (
  { name, timeouts: { callMs } }: Pick<UpstreamConfig, 'name' | 'timeouts'>,
  method: string,
  parent: CancelSignal,
): CallLimit => {
  const limit = new Cancellation(parent);
  let timer: NodeJS.Timeout | undefined;
  const expire = (): void => {
    const message = `${name} did not answer ${method} within ${callMs} ms`;
    const hint = `raise hub.servers.${name}.timeouts.callMs`;
    limit.abort(new HubError('TIMEOUT', message, { upstream: name, sent: true, hint }));
  };
  return {
    signal: limit,
    start() {
      clearTimeout(timer);
      timer = setTimeout(expire, callMs);
    },
    stop() {
      clearTimeout(timer);
      limit.release();
    },
  };
};
