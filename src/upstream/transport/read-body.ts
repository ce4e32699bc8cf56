/** A body that was read up to a limit. */
export interface LimitedBody {
  readonly bytes: Buffer;
  /** Whether there was more; the rest has been given up. */
  readonly isCut: boolean;
}

/** Reads the body of an HTTP answer, at most `maxBytes` of it. */
export const readBody = async (response: Response, maxBytes: number): Promise<LimitedBody> => {
  const chunks: Uint8Array[] = [];
  let heldBytes = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return { bytes: Buffer.concat(chunks), isCut: false };
    heldBytes += value.length;
    chunks.push(value);
    if (heldBytes <= maxBytes) continue;
    await reader?.cancel().catch(() => {});
    return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), isCut: true };
  }
};

/** Lets go of a body that nobody wants. */
export const discardBody = async (response: Response): Promise<void> => {
  await response.body?.cancel().catch(() => {});
};
