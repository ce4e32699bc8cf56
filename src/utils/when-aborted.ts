import type { CancelSignal } from './cancellation.ts';
/**
 * Settles as the promise does, or rejects with the signal's reason when that comes first. The promise itself goes on; its
 * late failure is nobody's.
 */
export const whenAborted = <T>(promise: Promise<T>, signal: CancelSignal): Promise<T> => {
  promise.catch(() => {});
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
};
