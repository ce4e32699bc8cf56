import { type Placed, Roster } from './roster.ts';

/** Something that is to happen at a time, unless it is called off before. */
export interface Alarm extends Placed {
  /** By `performance.now()`; milliseconds. */
  dueAt: number;
  ring(): void;
}

/** Many alarms with one timer, for what is nearly always called off: setting one and calling it off cost next to nothing. */
export interface Alarms {
  /**
   * Sets an alarm, or sets it anew.
   * @param now by `performance.now()`.
   */
  set(alarm: Alarm, afterMs: number, now?: number): void;
  callOff(alarm: Alarm): void;
}

export const createAlarms = (): Alarms => {
  const set = new Roster<Alarm>();
  let timer: NodeJS.Timeout | undefined;
  /** When the timer ends: no alarm is due before. */
  let wakesAt = Number.POSITIVE_INFINITY;

  const wakeAt = (dueAt: number, now: number): void => {
    clearTimeout(timer);
    wakesAt = dueAt;
    // Nothing but an alarm is waited for, and what it watches keeps the process alive.
    timer = setTimeout(wake, Math.ceil(dueAt - now)).unref();
  };

  const wake = (): void => {
    const now = performance.now();
    wakesAt = Number.POSITIVE_INFINITY;
    const due = set.entries.filter(({ dueAt }) => dueAt <= now);
    for (const alarm of due) set.remove(alarm);
    const next = set.entries.reduce((least, { dueAt }) => Math.min(least, dueAt), Number.POSITIVE_INFINITY);
    if (next !== Number.POSITIVE_INFINITY) wakeAt(next, now);
    for (const alarm of due) alarm.ring();
  };

  return {
    set(alarm, afterMs, now = performance.now()) {
      alarm.dueAt = now + afterMs;
      set.add(alarm);
      if (alarm.dueAt < wakesAt) wakeAt(alarm.dueAt, now);
    },
    callOff: (alarm) => set.remove(alarm),
  };
};
