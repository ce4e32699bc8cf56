/** Loaded into a hub before its own code: SIGUSR2 makes the next faults of its own, as a mistake in its code would. */
let next = 0;
const FAULTS = [
  () =>
    setImmediate(() => {
      throw new TypeError('a mistake in a timer');
    }),
  () => void Promise.reject(new RangeError('a promise that nobody handles')),
];
process.on('SIGUSR2', () => {
  FAULTS[next % FAULTS.length]();
  next += 1;
});
