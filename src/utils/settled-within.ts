/** Waits for a promise, but not longer than `limitMs`. Tells whether it was settled in time; never rejects. */
export const settledWithin = (promise: Promise<unknown>, limitMs: number): Promise<boolean> => {
  const { promise: answer, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, limitMs, false);
  const settled = (): void => {
    clearTimeout(timer);
    resolve(true);
  };
  promise.then(settled, settled);
  return answer;
};
