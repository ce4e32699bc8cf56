import type { EventBus } from '../events/bus.ts';

/** More calls that were sent again are not remembered; the oldest are forgotten first. */
const MAX_CALLS = 1_024;

/** How often calls have been sent, by what the bus was told of repetitions. */
export interface AttemptCounts {
  of(callId: string): number;
}

export const createAttemptCounts = (bus: EventBus): AttemptCounts => {
  const counts = new Map<string, number>();
  bus.listenTo(['call.repeated'], (event) => {
    counts.delete(event.callId);
    counts.set(event.callId, event.attempt);
    const [oldest] = counts.keys();
    if (counts.size > MAX_CALLS && oldest !== undefined) counts.delete(oldest);
  });
  return { of: (callId) => counts.get(callId) ?? 1 };
};
