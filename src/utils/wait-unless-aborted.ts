import type { CancelSignal } from './cancellation.ts';

/** Resolves after so many milliseconds, or as soon as the signal is aborted. Never rejects. */
export const waitUnlessAborted = (ms: number, signal: CancelSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
