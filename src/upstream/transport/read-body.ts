import type { Gate } from '../../utils/valve.ts';

/** A body that was read up to a limit. */
export interface LimitedBody {
  readonly bytes: Buffer;
  /** Whether there was more; the rest has been given up. */
  readonly isCut: boolean;
}

/** Reads the body of an HTTP answer, at most `maxBytes` of it, and no faster than `gate` lets it. */
export const readBody = async (response: Response, maxBytes: number, gate?: Gate): Promise<LimitedBody> => {
  const chunks: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    heldBytes += chunk.length;
    chunks.push(chunk);
    await gate?.passed();
    // Leaving the loop gives the rest up.
    if (heldBytes > maxBytes) return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), isCut: true };
  }
  return { bytes: Buffer.concat(chunks), isCut: false };
};

/** Lets go of a body that nobody wants. */
export const discardBody = async (response: Response): Promise<void> => {
  await response.body?.cancel().catch(() => {});
};
