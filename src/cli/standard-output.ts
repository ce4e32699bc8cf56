import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * Standard output as a stream whose writes never block the process. Node writes synchronously to a pipe that is its
 * standard output, so a client that does not read would stop the whole hub; a socket on the same descriptor does not.
 * Files and terminals stay as they are. On Windows Node's own stream is asynchronous for pipes already.
 */
export const openStandardOutput = (): Writable => {
  if (process.platform === 'win32') return process.stdout;
  const stats = fstatSync(1);
  return stats.isFIFO() || stats.isSocket() ? new Socket({ fd: 1, readable: false, writable: true }) : process.stdout;
};
