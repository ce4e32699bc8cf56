import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { LineWriter } from '../protocol/framing.ts';
import { settledWithin } from '../utils/settled-within.ts';
import type { Valve } from '../utils/valve.ts';

export interface BackPressureOptions {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Writes to `stdout`. */
  readonly writer: LineWriter;
  /** Above it the client is asked for nothing more, and upstreams are not listened to. */
  readonly maxQueueBytes: number;
  /** Above it the client counts as gone. */
  readonly disconnectBytes: number;
  /** How long a client for which too much waits may take nothing at all before it counts as gone. Milliseconds. */
  readonly stallMs: number;
  /** Holds up the upstreams of this client; only where they serve no other. */
  readonly upstreams: Valve | undefined;
  readonly onGone: () => void;
}

/** Passes the slowness of a client on to those that produce what it has to read. */
export interface BackPressure {
  /** To be told of everything that is written to the client. */
  written(): void;
  /** Reads nothing from the client until the promise is resolved. */
  holdUntil(moment: Promise<void>): void;
  /** Reads nothing more from the client. */
  stopReading(): void;
  /** The client is served no longer: its upstreams are listened to again, so that they can end. */
  release(): void;
}

export const createBackPressure = (options: BackPressureOptions): BackPressure => {
  const { stdin, writer, maxQueueBytes, disconnectBytes, upstreams, onGone } = options;
  let readsOn = true;
  let isReleased = false;
  let isWaiting = false;
  let isHeld = false;

  const goOn = (): void => {
    if (readsOn && !isWaiting && !isHeld) stdin.resume();
  };

  const wait = async (): Promise<void> => {
    isWaiting = true;
    stdin.pause();
    upstreams?.shut();
    const isTaken = await untilTaken(options);
    isWaiting = false;
    if (!isTaken) {
      onGone();
      return;
    }
    upstreams?.open();
    goOn();
  };

  return {
    written() {
      const pendingBytes = writer.pendingBytes();
      if (pendingBytes <= maxQueueBytes || isReleased) return;
      if (pendingBytes > disconnectBytes) onGone();
      else if (!isWaiting) void wait();
    },
    holdUntil(moment) {
      if (isHeld) return;
      isHeld = true;
      stdin.pause();
      void moment.then(() => {
        isHeld = false;
        goOn();
      });
    },
    stopReading() {
      readsOn = false;
      stdin.pause();
    },
    release() {
      isReleased = true;
      upstreams?.open();
    },
  };
};

/** Whether the client takes all that waits for it; false once it has taken nothing for too long. */
const untilTaken = async ({ stdout, writer, stallMs }: BackPressureOptions): Promise<boolean> => {
  if (stdout instanceof Socket) return untilDrained(stdout, writer, stallMs);
  for (let before = writer.deliveredBytes(); !(await settledWithin(writer.drained(), stallMs)); ) {
    const delivered = writer.deliveredBytes();
    if (delivered === before) return false;
    before = delivered;
  }
  return true;
};

/** A socket knows how far a large write has come: its timer begins again when the other side has taken a part of it. */
const untilDrained = async (socket: Socket, writer: LineWriter, stallMs: number): Promise<boolean> => {
  const { promise: stalled, resolve } = Promise.withResolvers<boolean>();
  const onTimeout = (): void => resolve(false);
  socket.setTimeout(stallMs).once('timeout', onTimeout);
  const isTaken = await Promise.race([writer.drained().then(() => true), stalled]);
  socket.setTimeout(0).off('timeout', onTimeout);
  return isTaken;
};
