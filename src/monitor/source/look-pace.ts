/** So many new calls between two looks are a flood, of which nobody can read each. */
const FLOOD_CALLS = 50;

/** In a flood the monitor takes at most this part of a core, however much there is to draw. */
const FLOOD_SHARE = 0.03;

/** A flood is still looked at so often. Milliseconds. */
const LONGEST_REST_MS = 1_000;

/** How often all is read and drawn anew, so that who watches takes little from what is watched. */
export interface LookPace {
  /** Whether it is time, where the last call has this `id`. */
  isTime(lastId: number): boolean;
  /** All has been read. */
  looked(lastId: number): void;
  /** Whether the last look but one and the last had a flood between them. */
  isFlood(): boolean;
}

export interface PaceClock {
  /** Milliseconds. */
  now(): number;
  /** What this process has used of the processor so far, in milliseconds. */
  cpuMs(): number;
}

/**
 * While calls come at a pace that can be followed, every look is in time. In a flood the next one waits until the last, with
 * what was drawn after it, is a small part of the time that has passed.
 */
export const createLookPace = ({ now, cpuMs }: PaceClock): LookPace => {
  let last: { readonly at: number; readonly cpuMs: number; readonly id: number } | undefined;
  let isFlood = false;
  return {
    isTime: (lastId) => {
      if (last === undefined || lastId - last.id < FLOOD_CALLS) return true;
      const restMs = Math.min(LONGEST_REST_MS, (cpuMs() - last.cpuMs) / FLOOD_SHARE);
      return now() - last.at >= restMs;
    },
    looked: (id) => {
      isFlood = last !== undefined && id - last.id >= FLOOD_CALLS;
      last = { at: now(), cpuMs: cpuMs(), id };
    },
    isFlood: () => isFlood,
  };
};

/** The clock of the machine. */
export const REAL_PACE_CLOCK: PaceClock = {
  now: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};
