import type { IncomingMessage } from 'node:http';

/** Of this machine: 127.0.0.0/8, also as an IPv6 address, and ::1. */
const LOOPBACK = /^(?:(?:::ffff:)?127\.\d+\.\d+\.\d+|::1)$/i;

/**
 * Whether a client may be on another machine: its connection does not come from this one, or a proxy says that it has passed
 * the request on. What a proxy or a tunnel on this machine hides cannot be seen.
 */
export const comesFromElsewhere = ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean =>
  !LOOPBACK.test(socket.remoteAddress ?? '') ||
  headers.forwarded !== undefined ||
  headers['x-forwarded-for'] !== undefined;
