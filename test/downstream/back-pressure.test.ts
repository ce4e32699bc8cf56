import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { createBackPressure } from '../../src/downstream/back-pressure.ts';
import { createLineWriter } from '../../src/protocol/framing.ts';
import { createValve } from '../../src/utils/valve.ts';
import { eventually } from '../e2e/support/processes.ts';

const MIB = 1024 * 1024;

const ends: Array<() => void> = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Both ends of a connection; nothing is read at `client`. */
const connectPair = async (): Promise<{ stdout: Socket; client: Socket }> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [stdout] = (await once(server, 'connection')) as [Socket];
  client.on('error', () => {});
  stdout.on('error', () => {});
  ends.push(() => {
    client.destroy();
    stdout.destroy();
    server.close();
  });
  return { stdout, client };
};

/** A client on a socket for which far more waits than a connection holds. */
const press = async () => {
  const { stdout, client } = await connectPair();
  const state = { isGone: false, isHeldUp: false };
  const upstreams = createValve();
  upstreams.add({
    pause: () => {
      state.isHeldUp = true;
    },
    resume: () => {
      state.isHeldUp = false;
    },
  });
  const stdin = new PassThrough().resume();
  const writer = createLineWriter(stdout);
  const pressure = createBackPressure({
    stdin,
    stdout,
    writer,
    maxQueueBytes: 1024,
    disconnectBytes: 64 * MIB,
    stallMs: 300,
    upstreams,
    onGone: () => {
      state.isGone = true;
    },
  });
  writer.write(Buffer.alloc(24 * MIB));
  pressure.written();
  return { state, client, stdin, pressure };
};

describe('a client that takes one large answer', () => {
  test('slowly is waited for, as are those that ask for it, until it has all of it', async () => {
    const { state, client, stdin } = await press();
    expect([state.isHeldUp, stdin.isPaused()]).toEqual([true, true]);
    // Takes a piece often enough, and the whole in more than the time in which nothing may be taken.
    const reading = setInterval(() => void client.read(MIB), 30);
    ends.push(() => clearInterval(reading));
    await eventually('the end of the waiting', () => !state.isHeldUp);
    expect([state.isGone, stdin.isPaused()]).toEqual([false, false]);
  });

  test('and asks for more than can be logged is read again when both have been waited for', async () => {
    const { state, client, stdin, pressure } = await press();
    const logged = Promise.withResolvers<void>();
    pressure.holdUntil(logged.promise);
    client.resume();
    await eventually('the end of the waiting', () => !state.isHeldUp);
    expect(stdin.isPaused()).toBe(true);
    logged.resolve();
    await eventually('the reading', () => !stdin.isPaused());
  });

  test('not at all counts as gone', async () => {
    const { state } = await press();
    await eventually('its end', () => state.isGone);
  });

  test('holds nobody up once it is not served any longer', async () => {
    const { state, pressure } = await press();
    pressure.stopReading();
    expect(state.isHeldUp).toBe(true);
    pressure.release();
    expect(state.isHeldUp).toBe(false);
    pressure.written();
    expect(state.isHeldUp).toBe(false);
  });
});
