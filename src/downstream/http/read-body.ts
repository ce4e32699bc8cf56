import type { IncomingMessage } from 'node:http';

export type BodyReading =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: 'too large' | 'broken off' };

/** Reads a body up to a limit; what is beyond it is not kept. Never rejects. */
export const readBody = async (request: IncomingMessage, maxBytes: number): Promise<BodyReading> => {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return { ok: false, reason: 'too large' };
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) return { ok: false, reason: 'too large' };
      chunks.push(chunk);
    }
    return { ok: true, bytes: Buffer.concat(chunks, size) };
  } catch {
    return { ok: false, reason: 'broken off' };
  }
};
