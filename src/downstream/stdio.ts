import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { ClientContext } from '../dispatch/call.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { Implementation } from '../protocol/codec.ts';

import { createLineSplitter, createLineWriter, type LineParts } from '../protocol/framing.ts';
import { giveBack } from '../protocol/own-memory.ts';
import type { ClientChannel } from '../relay/client-peer.ts';
import { createInterimCalls } from '../relay/interim-calls.ts';

import { createLegacySession } from '../relay/legacy-session.ts';
import { createModernConnection } from '../relay/modern-connection.ts';
import type { Relay } from '../relay/relay.ts';
import { settledWithin } from '../utils/settled-within.ts';
import type { Valve } from '../utils/valve.ts';
import { createBackPressure } from './back-pressure.ts';
import { createPatientQueue } from './patience.ts';
import { createStdioConnection } from './stdio-connection.ts';

export interface ServeStdioOptions {
  readonly relay: Relay;
  readonly bus: EventBus;
  readonly serverInfo: Implementation;
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** The longest line that a client may send, in bytes. */
  readonly maxLineBytes: number;
  /**
   * What may wait for a client that reads slowly, in bytes; above it what can be left out is left out, and the client is
   * asked for nothing more.
   */
  readonly maxQueueBytes: number;
  /** A client for which more waits counts as gone. */
  readonly disconnectBytes: number;
  /** Resolves when more calls may come, where there are too many to be logged at present. Default: there never are. */
  readonly logBehind?: () => Promise<void> | undefined;
  /** Holds up the upstreams while too much waits; to be given only where they serve no other client. */
  readonly upstreams?: Valve;
  /** How long such a client may read nothing at all before it counts as gone; default 30 000. Milliseconds. */
  readonly stallMs?: number;
  /** How long calls under way may finish when the client has ended its side or `signal` asks to stop. Milliseconds. */
  readonly graceMs: number;
  /** Asks to stop: what is under way may finish within `graceMs`. */
  readonly signal: AbortSignal;
}

/**
 * Serves the one client on standard input and output, until it ends its side, goes away, or `signal` asks to stop. What is
 * under way then gets `graceMs` to finish, and an answer in any case; nothing is waited for when nobody reads any more.
 */
export const serveStdio = async (options: ServeStdioOptions): Promise<void> => {
  const { bus, stdin, stdout, maxLineBytes, maxQueueBytes, graceMs, signal } = options;
  // A socket is done with the bytes that it says it has delivered; another stream may hand on the very same.
  const writer = createLineWriter(stdout, stdout instanceof Socket ? giveBack : undefined);
  const clientId = randomUUID();
  const readerGone = new AbortController();
  const pressure = createBackPressure({
    stdin,
    stdout,
    writer,
    maxQueueBytes,
    disconnectBytes: options.disconnectBytes,
    stallMs: options.stallMs ?? STALL_MS,
    upstreams: options.upstreams,
    onGone: () => readerGone.abort(),
  });
  const write = (parts: LineParts): void => {
    writer.write(...parts);
    pressure.written();
  };
  const interim = createInterimCalls({ relay: options.relay });
  const queue = createPatientQueue({
    maxBytes: maxQueueBytes,
    pendingBytes: writer.pendingBytes,
    onRoom: (listener) => void stdout.on('drain', listener),
  });
  const channel: ClientChannel = { answer: write, send: (parts) => queue.offer(parts, () => write(parts)) };
  const edge = { clientId, relay: options.relay, serverInfo: options.serverInfo, channel };
  const onClientKnown = (client: ClientContext): void => announce(bus, client);
  const connection = createStdioConnection({
    channel,
    openLegacy: () => createLegacySession({ ...edge, onClientKnown }),
    openModern: () => createModernConnection({ ...edge, interim, onClientKnown }),
    onProblem: (message) => bus.emit({ type: 'problem', message, at: Date.now() }),
  });

  stdout.on('error', () => readerGone.abort());
  stdout.on('close', () => readerGone.abort());

  const { onLine, onLargeLine, onOverflow } = connection;
  const splitter = createLineSplitter({ maxLineBytes, onLine, onLargeLine, onOverflow });
  stdin.on('data', (chunk: Buffer) => {
    splitter.push(chunk);
    const behind = options.logBehind?.();
    if (behind !== undefined) pressure.holdUntil(behind);
  });
  await Promise.race([ended(stdin, splitter.end), aborted(signal), aborted(readerGone.signal)]);
  pressure.stopReading();

  if (!readerGone.signal.aborted) {
    await Promise.race([settledWithin(connection.settled(), graceMs), aborted(readerGone.signal)]);
  }
  const ending = new HubError('SHUTTING_DOWN', 'the hub is ending and gave the call up', { sent: true });
  connection.abandon(ending);
  interim.abandonAll(ending);
  await settledWithin(connection.settled(), ABANDON_MS);
  connection.close();
  pressure.release();
  await settledWithin(writer.end(), ABANDON_MS);
  bus.emit({ type: 'client.disconnected', clientId, at: Date.now() });
};

/** A client that reads nothing for so long while its queue is full is not there any more. */
const STALL_MS = 30_000;

/** Enough to write the last answers to a pipe that is read. Milliseconds. */
const ABANDON_MS = 1_000;

const ended = async (stdin: Readable, onEnd: () => void): Promise<void> => {
  // The first error ends the client's side; nobody hears of another.
  stdin.on('error', () => {});
  stdin.once('end', onEnd);
  await Promise.race([once(stdin, 'end'), once(stdin, 'close')]).catch(() => {});
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const announce = (bus: EventBus, client: ClientContext): void =>
  bus.emit({
    type: 'client.connected',
    clientId: client.id,
    transport: 'stdio',
    era: client.era,
    protocolVersion: client.protocolVersion,
    name: client.info.name,
    version: client.info.version,
    at: Date.now(),
  });
