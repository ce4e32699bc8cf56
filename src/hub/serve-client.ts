import type { Readable, Writable } from 'node:stream';
import { serveStdio } from '../downstream/stdio.ts';
import type { Hub } from './hub.ts';

export interface ServeClientOptions {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Asks to stop; calls under way may finish within `hub.timeouts.graceMs`. */
  readonly signal: AbortSignal;
}

/** Serves the one client on standard input and output with a hub, until it is gone or `signal` asks to stop. */
export const serveClient = ({ relay, bus, serverInfo, config }: Hub, options: ServeClientOptions): Promise<void> =>
  serveStdio({
    ...options,
    relay,
    bus,
    serverInfo,
    maxLineBytes: config.limits.lineBytes,
    maxQueueBytes: config.limits.clientQueueBytes,
    graceMs: config.timeouts.graceMs,
  });
