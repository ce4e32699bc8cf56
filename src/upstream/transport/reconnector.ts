/** Runs the SDK's attempts to open a broken stream again, and forgets them when the connection is closed. */
export interface Reconnector {
  /** As the SDK's `reconnectionScheduler`: returns what takes the attempt back. */
  schedule(attempt: () => void, delayMs: number): () => void;
  stop(): void;
}

/** A server may ask for a shorter pause; it does not get it. */
const SHORTEST_PAUSE_MS = 100;

export const createReconnector = (): Reconnector => {
  const timers = new Set<NodeJS.Timeout>();
  const forget = (timer: NodeJS.Timeout): void => {
    clearTimeout(timer);
    timers.delete(timer);
  };
  return {
    schedule(attempt, delayMs) {
      const run = (): void => {
        timers.delete(timer);
        attempt();
      };
      const timer = setTimeout(run, Math.max(delayMs, SHORTEST_PAUSE_MS));
      timers.add(timer);
      return () => forget(timer);
    },
    stop: () => timers.forEach(forget),
  };
};
