/**
 * Has what is logged wait while more comes than can be written, and whatever comes after it in its session wait behind it:
 * a cancellation that is there before its request would cancel nothing.
 */
export interface LogTurns {
  /**
   * Takes a message that has been read, in the order in which they have come.
   * @param session whose order is kept; undefined where there is none
   * @returns resolves when it may go on, never before an earlier one of its session; undefined where that is now
   */
  waitFor(session: string | undefined, isLogged: boolean): Promise<void> | undefined;
}

/** @param behind resolves when more may come; undefined where they may now. Default: they always may. */
export const createLogTurns = (behind: () => Promise<void> | undefined = () => undefined): LogTurns => {
  /** Of each session in which one waits, the last. */
  const last = new Map<string, Promise<void>>();

  return {
    waitFor(session, isLogged) {
      const earlier = session === undefined ? undefined : last.get(session);
      const caughtUp = isLogged ? behind() : undefined;
      if (earlier === undefined && caughtUp === undefined) return undefined;
      const turn = bothOf(earlier, caughtUp);
      if (session !== undefined) {
        last.set(session, turn);
        void turn.then(() => {
          if (last.get(session) === turn) last.delete(session);
        });
      }
      return turn;
    },
  };
};

const bothOf = async (earlier: Promise<void> | undefined, caughtUp: Promise<void> | undefined): Promise<void> => {
  await earlier;
  await caughtUp;
};
