export interface IdleStopOptions {
  /** How long nothing may happen; milliseconds. */
  readonly idleStopMs: number;
  /** Whether somebody waits for news, without having asked for anything just now. */
  readonly isNeeded: () => boolean;
  /** It has been idle for that long. */
  readonly onIdle: () => void;
}

/** Tells when an upstream that runs has had nothing to do for a while. */
export interface IdleStop {
  /** It runs now. */
  start(): void;
  /** It runs no more. */
  stop(): void;
  /** It is used until `end` is called as often. */
  begin(): void;
  end(): void;
}

/** One timer for all uses: it looks at the clock when it goes off, so that a call costs no timer. */
export const createIdleStop = ({ idleStopMs, isNeeded, onIdle }: IdleStopOptions): IdleStop => {
  let timer: NodeJS.Timeout | undefined;
  let uses = 0;
  let lastUsedAt = 0;
  const look = (): void => {
    const restMs = uses > 0 || isNeeded() ? idleStopMs : lastUsedAt + idleStopMs - performance.now();
    if (restMs > 0) wait(restMs);
    else onIdle();
  };
  const wait = (ms: number): void => {
    timer = setTimeout(look, ms).unref();
  };
  return {
    start() {
      clearTimeout(timer);
      lastUsedAt = performance.now();
      wait(idleStopMs);
    },
    stop: () => clearTimeout(timer),
    begin() {
      uses += 1;
    },
    end() {
      uses -= 1;
      lastUsedAt = performance.now();
    },
  };
};
