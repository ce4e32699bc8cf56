/** Something that is to happen at a time, unless it is called off before. */
export interface Alarm {
  /** By `performance.now()`; milliseconds. */
  dueAt: number;
  /** Where it stands among those that are set; -1 where it is not set. */
  place: number;
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
  const set: Alarm[] = [];
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
    const due = set.filter(({ dueAt }) => dueAt <= now);
    for (const alarm of due) callOff(alarm);
    const next = set.reduce((least, { dueAt }) => Math.min(least, dueAt), Number.POSITIVE_INFINITY);
    if (next !== Number.POSITIVE_INFINITY) wakeAt(next, now);
    for (const alarm of due) alarm.ring();
  };

  const callOff = (alarm: Alarm): void => {
    const { place } = alarm;
    if (place === -1) return;
    alarm.place = -1;
    const last = set.pop() as Alarm;
    if (last === alarm) return;
    set[place] = last;
    last.place = place;
  };

  return {
    set(alarm, afterMs, now = performance.now()) {
      alarm.dueAt = now + afterMs;
      if (alarm.place === -1) {
        alarm.place = set.length;
        set.push(alarm);
      }
      if (alarm.dueAt < wakesAt) wakeAt(alarm.dueAt, now);
    },
    callOff,
  };
};
