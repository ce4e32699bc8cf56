import type { Call } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';

export interface TurnsOptions {
  /** The upstream. */
  readonly name: string;
  /** How many calls may be with it at one time. May change. */
  readonly maxConcurrent: number;
  /** How long a call may wait for its turn; milliseconds. May change. */
  readonly callMs: number;
  /** How many calls there may be, with those that wait; default 1,024, or `maxConcurrent` where that is more. */
  readonly maxPending?: number;
  /** How large the requests of all these calls may be together; one alone may be larger. Default 64 MiB. */
  readonly maxPendingBytes?: number;
}

type Waiter = Pick<Call, 'bytesIn' | 'signal' | 'target'>;

/** Bounds what an upstream that is slow, or answers nothing, costs: each of its calls needs a turn. */
export interface Turns {
  /** All calls that there are: those that have a turn, wait for one, or have lent theirs. */
  readonly pending: number;
  /** Takes a turn where one is free now. */
  take(bytes: number): boolean;
  /**
   * Waits for a turn, those that came first going first. Never rejects.
   * @returns how long it has waited, in milliseconds; or why there is no turn for it: too many wait already, it has waited for
   *   too long, or it was given up.
   */
  wait(call: Waiter): Promise<number | HubError>;
  /** Gives back a turn that was taken for so many bytes. */
  end(bytes: number): void;
  /** Lends a turn to others while its call waits for its client, who may never come back. */
  stepAside(): void;
  /** Takes a turn again that was lent, at once: the upstream has what it waited for. */
  comeBack(): void;
  /** Lets those go on that have a turn by options that have changed. */
  admit(): void;
  /** Resolves when there is no call, also none that waits. */
  idle(): Promise<void>;
}

const MAX_PENDING = 1_024;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

export const createTurns = (options: TurnsOptions): Turns => {
  const { name, maxPendingBytes = MAX_PENDING_BYTES } = options;
  const maxPending = (maxConcurrent = options.maxConcurrent): number =>
    options.maxPending ?? Math.max(MAX_PENDING, maxConcurrent);
  /** Each gives its call the turn. */
  const waiting: Array<() => void> = [];
  let active = 0;
  let aside = 0;
  let pendingBytes = 0;
  /** Called when there is no call any more. */
  let onIdle: (() => void) | undefined;

  const hasRoom = (bytes: number): boolean => pendingBytes === 0 || pendingBytes + bytes <= maxPendingBytes;

  const refuse = (what: string): HubError =>
    new HubError('UPSTREAM_UNAVAILABLE', `${name} was not asked: ${what} wait for its answers`, {
      upstream: name,
      hint: 'call it again when some of them are answered',
    });

  const late = ({ target: { qualifiedName } }: Waiter): HubError => {
    const { maxConcurrent, callMs } = options;
    const why = `${name} had as many calls as it may have (${maxConcurrent}) for ${callMs} ms`;
    const hint = `raise hub.servers.${name}.maxConcurrent, or its timeouts.callMs`;
    return new HubError('TIMEOUT', `${qualifiedName} was not sent: ${why}`, { upstream: name, hint });
  };

  const queue = (call: Waiter): Promise<number | HubError> =>
    new Promise((resolve) => {
      const since = performance.now();
      const settle = (outcome: number | HubError): void => {
        clearTimeout(timer);
        call.signal.removeEventListener('abort', giveUp);
        resolve(outcome);
      };
      const goOn = (): void => settle(performance.now() - since);
      const leave = (reason: HubError): void => {
        waiting.splice(waiting.indexOf(goOn), 1);
        pendingBytes -= call.bytesIn;
        settle(reason);
        tellIfIdle();
      };
      const giveUp = (): void => leave(HubError.from(call.signal.reason, 'CANCELLED'));
      const timer = setTimeout(() => leave(late(call)), options.callMs);
      call.signal.addEventListener('abort', giveUp, { once: true });
      pendingBytes += call.bytesIn;
      waiting.push(goOn);
    });

  const admit = (): void => {
    while (waiting.length > 0 && active < options.maxConcurrent) {
      active += 1;
      waiting.shift()?.();
    }
  };

  const tellIfIdle = (): void => {
    if (onIdle !== undefined && active + aside + waiting.length === 0) onIdle();
  };

  return {
    get pending() {
      return active + aside + waiting.length;
    },
    take(bytes) {
      const { maxConcurrent } = options;
      if (active >= maxConcurrent || active + aside >= maxPending(maxConcurrent) || !hasRoom(bytes)) return false;
      active += 1;
      pendingBytes += bytes;
      return true;
    },
    async wait(call) {
      if (call.signal.aborted) return HubError.from(call.signal.reason, 'CANCELLED');
      if (active + aside + waiting.length >= maxPending()) return refuse(`${maxPending()} calls`);
      return hasRoom(call.bytesIn) ? queue(call) : refuse(`${pendingBytes} bytes of other calls`);
    },
    end(bytes) {
      pendingBytes -= bytes;
      active -= 1;
      admit();
      tellIfIdle();
    },
    stepAside() {
      active -= 1;
      aside += 1;
      admit();
    },
    comeBack() {
      active += 1;
      aside -= 1;
    },
    admit,
    idle: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        tellIfIdle();
      }),
  };
};
