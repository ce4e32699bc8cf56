import type { ResultBytes } from '../../src/protocol/message.ts';

/** The bytes of a result as one. */
export const joined = (bytes: ResultBytes): Buffer =>
  bytes instanceof Uint8Array ? Buffer.from(bytes) : Buffer.concat(bytes);
