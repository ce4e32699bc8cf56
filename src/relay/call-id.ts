import * as crypto from 'node:crypto';

/**
 * An id that no other call of any hub has. Later ones sort after earlier ones, so that an index of them grows at its end,
 * where Node makes such ids (RFC 9562, version 7); older Nodes make random ones.
 */
export const createCallId: () => string = crypto.randomUUIDv7 ?? crypto.randomUUID;
