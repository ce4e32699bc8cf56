import type { EventBus } from '../events/bus.ts';
import type { UpstreamState, UpstreamStateChanged } from '../events/events.ts';

/**
 * Where an upstream may come from each state. There is no other way:
 * - `idle` is ready to be started, by the first who needs it
 * - `starting` has a process or connection that has not said yet who it is
 * - `ready` can be asked
 * - `degraded` is connected, and a sign of its health is bad: its calls fail, or it does not answer when it is asked how it is
 * - `backing_off` has failed, and is not started again yet, or nobody has needed it since
 * - `stopped` is ended for good: the hub is ending, or it was taken out of the configuration
 * - `disabled` is switched off
 */
export const TRANSITIONS: Readonly<Record<UpstreamState, readonly UpstreamState[]>> = {
  idle: ['starting', 'stopped', 'disabled'],
  starting: ['ready', 'backing_off', 'idle', 'stopped', 'disabled'],
  ready: ['degraded', 'idle', 'backing_off', 'stopped', 'disabled'],
  degraded: ['ready', 'idle', 'backing_off', 'stopped', 'disabled'],
  backing_off: ['starting', 'idle', 'stopped', 'disabled'],
  stopped: ['idle', 'disabled'],
  disabled: ['idle', 'stopped'],
};

/** What is known of the connection that an upstream has come to, or of why there is none. */
export type StateDetails = Pick<UpstreamStateChanged, 'startMs' | 'era' | 'pid' | 'errorCode'>;

/** The state of one upstream, whichever process or configuration it has just now. */
export interface Lifecycle {
  readonly state: UpstreamState;
  /**
   * Goes to another state, where there is a way, and tells why.
   * @param reason in words for a person
   * @returns whether it went; else nothing has changed
   */
  move(to: UpstreamState, reason: string, details?: StateDetails): boolean;
}

/** @param bus told of each transition; default: nobody is. */
export const createLifecycle = (upstream: string, bus?: EventBus, from: UpstreamState = 'idle'): Lifecycle => {
  let state = from;
  return {
    get state() {
      return state;
    },
    move(to, reason, details = {}) {
      if (!TRANSITIONS[state].includes(to)) return false;
      state = to;
      bus?.emit({ type: 'upstream.state', upstream, state, reason, at: Date.now(), ...details });
      return true;
    },
  };
};
