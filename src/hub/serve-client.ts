import type { Readable, Writable } from 'node:stream';
import { serveStdio } from '../downstream/stdio.ts';
import type { Hub } from './hub.ts';

export interface ServeClientOptions {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Whether the hub serves no other client: then its upstreams are held up while this one does not read. */
  readonly isAlone: boolean;
  /** Asks to stop; calls under way may finish within `hub.timeouts.graceMs`. */
  readonly signal: AbortSignal;
}

/** A client counts as gone when more waits for it. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Serves the one client on standard input and output with a hub, until it is gone or `signal` asks to stop. */
export const serveClient = (hub: Hub, { isAlone, ...options }: ServeClientOptions): Promise<void> => {
  const { relay, bus, serverInfo, config, valve, logBehind } = hub;
  const { lineBytes, resultBytes, clientQueueBytes } = config.limits;
  return serveStdio({
    ...options,
    relay,
    bus,
    serverInfo,
    maxLineBytes: lineBytes,
    maxQueueBytes: clientQueueBytes,
    // A result that comes when nearly as much waits as may is not too much.
    disconnectBytes: Math.max(MAX_WAITING_BYTES, clientQueueBytes + resultBytes),
    logBehind,
    ...(isAlone && { upstreams: valve }),
    graceMs: config.timeouts.graceMs,
  });
};
