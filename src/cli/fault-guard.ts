/** More faults within the time are a hub that works no more: it ends in good order. */
const MAX_FAULTS = 20;
const WITHIN_MS = 60_000;

export interface FaultGuardOptions {
  /** Takes one line. */
  readonly stderr: (line: string) => void;
  /** There were too many faults. */
  readonly onTooMany: () => void;
  /** Milliseconds; default: a clock that only goes forward. */
  readonly now?: () => number;
}

/**
 * Keeps one fault of the hub itself from ending all calls of all clients: an exception or a rejection that nobody handles is
 * told in one line, and the hub goes on. The call that met it is ended by its deadline. After twenty within a minute it says
 * so and ends. The returned function ends the watch.
 */
export const guardAgainstFaults = ({ stderr, onTooMany, now = () => performance.now() }: FaultGuardOptions) => {
  let times: number[] = [];
  const onFault = (thrown: unknown): void => {
    const cause = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    stderr(`mcp-hub: a fault of the hub itself, which goes on: ${cause}`);
    times = [...times.filter((time) => now() - time < WITHIN_MS), now()];
    if (times.length !== MAX_FAULTS) return;
    stderr(`mcp-hub: ${MAX_FAULTS} faults within a minute: the hub ends`);
    onTooMany();
  };
  process.on('uncaughtException', onFault);
  process.on('unhandledRejection', onFault);
  return (): void => {
    process.off('uncaughtException', onFault);
    process.off('unhandledRejection', onFault);
  };
};
