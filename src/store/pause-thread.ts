/** Stops the whole thread for a while. Only for a thread of its own, whose work must not be interleaved. */
export const pauseThread = (durationMs: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
};
