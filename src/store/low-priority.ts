import { constants, setPriority } from 'node:os';

/**
 * Has the system prefer other work to that of this thread. On Linux a priority is that of one thread; elsewhere it is that of
 * the whole process, which carries the calls, so nothing is done there: macOS and Windows have no such call for a thread.
 */
export const lowerThreadPriority = (): void => {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A system that forbids it lets the thread run as any other.
  }
};
