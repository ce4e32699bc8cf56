import type { UpstreamConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';

/** Ends a request of the hub's own that takes longer than a call may. */
export interface CallLimit {
  /** Ends with a HubError `TIMEOUT`. */
  readonly signal: AbortSignal;
  /** Starts the clock, or starts it again: the request is sent now. */
  start(): void;
  stop(): void;
}

export const createCallLimit = (
  { name, timeouts: { callMs } }: Pick<UpstreamConfig, 'name' | 'timeouts'>,
  method: string,
): CallLimit => {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expire = (): void => {
    const message = `${name} did not answer ${method} within ${callMs} ms`;
    const hint = `raise hub.servers.${name}.timeouts.callMs`;
    late.abort(new HubError('TIMEOUT', message, { upstream: name, sent: true, hint }));
  };
  return {
    signal: late.signal,
    start() {
      clearTimeout(timer);
      timer = setTimeout(expire, callMs);
    },
    stop: () => clearTimeout(timer),
  };
};
