import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/dispatch/call.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { serveStdio } from '../../src/downstream/stdio.ts';
import { createValve, type Valve } from '../../src/utils/valve.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { resultReply, untilGivenUp } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { type Answer, createCore, HUB_INFO } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

interface ServeOptions {
  readonly call?: (call: Call) => Promise<Reply> | Reply;
  readonly graceMs?: number;
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly maxQueueBytes?: number;
  readonly disconnectBytes?: number;
  readonly upstreams?: Valve;
  readonly stallMs?: number;
}

const serve = ({
  call,
  graceMs = 5000,
  stdin = new PassThrough(),
  stdout = new PassThrough(),
  maxQueueBytes = 1 << 20,
  disconnectBytes = 1 << 26,
  upstreams,
  stallMs = 60_000,
}: ServeOptions = {}) => {
  const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')] }, ...(call && { call }) });
  const core = createCore([upstream]);
  const stop = new AbortController();
  const output: Buffer[] = [];
  if (stdout instanceof PassThrough) stdout.on('data', (chunk: Buffer) => output.push(chunk));
  const served = serveStdio({
    relay: core.relay,
    bus: core.bus,
    serverInfo: HUB_INFO,
    stdin,
    stdout,
    maxLineBytes: 2000,
    maxQueueBytes,
    disconnectBytes,
    ...(upstreams && { upstreams }),
    stallMs,
    graceMs,
    signal: stop.signal,
  });
  const answers = (): Answer[] =>
    Buffer.concat(output)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Answer);
  const arrived = async (): Promise<void> => {
    while (upstream.calls.length === 0) await settle(1);
  };
  return { core, upstream, stop, served, answers, arrived, stdin: stdin as PassThrough, stdout };
};

const CALL = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"math__add"}}\n';
const PING = '{"jsonrpc":"2.0","id":2,"method":"ping"}\n';

describe('a client on standard input and output', () => {
  test('is served until it ends its side, and then said goodbye to', async () => {
    const { stdin, served, answers, core } = serve();
    stdin.write(PING);
    stdin.end();
    await served;
    expect(answers()).toMatchObject([{ id: 2, result: {} }]);
    expect(core.events.at(-1)).toMatchObject({ type: 'client.disconnected' });
  });

  test('may cut its lines anywhere, and leave the last one without an end', async () => {
    const { stdin, served, answers } = serve();
    for (const byte of Buffer.from(`${CALL}\r\n\n${PING.trimEnd()}`)) stdin.write(Buffer.of(byte));
    stdin.end();
    await served;
    expect(
      answers()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([1, 2]);
  });

  test('that sends on without waiting has its first answer before a list is put together for it', async () => {
    const written: string[] = [];
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done();
      },
    });
    const { stdin, served, core } = serve({ stdout });
    await core.view.catalog.load('math', 'tools');
    stdin.write(`${PING}{"jsonrpc":"2.0","id":3,"method":"tools/list"}\n`);
    stdin.end();
    await served;
    expect(written.filter((text) => text !== '').map((text) => JSON.parse(text) as Answer)).toMatchObject([
      { id: 2, result: {} },
      { id: 3, result: { tools: [{ name: 'math__add' }] } },
    ]);
  });

  test('is told of a line that is too long, and served on', async () => {
    const { stdin, served, answers } = serve();
    stdin.write(`${'x'.repeat(5000)}\n${PING}`);
    stdin.end();
    await served;
    expect(answers()).toMatchObject([
      { id: null, error: { code: -32600 } },
      { id: 2, result: {} },
    ]);
  });

  test('gets the answers of what is under way when it ends its side', async () => {
    const gate = Promise.withResolvers<void>();
    const { stdin, served, answers, arrived } = serve({
      call: () => gate.promise.then(() => resultReply({ done: true })),
    });
    stdin.write(CALL);
    stdin.end();
    await arrived();
    gate.resolve();
    await served;
    expect(answers()).toMatchObject([{ id: 1, result: { done: true } }]);
  });

  test('gets an error for what does not finish in time', async () => {
    const { stdin, served, answers } = serve({ call: ({ signal }) => untilGivenUp(signal), graceMs: 10 });
    stdin.write(CALL);
    stdin.end();
    await served;
    expect(answers()).toMatchObject([{ id: 1, error: { message: expect.stringContaining('the hub is ending') } }]);
  });

  test('is served no more when the hub is asked to stop, and what is under way is answered', async () => {
    const gate = Promise.withResolvers<void>();
    const { stdin, stop, served, answers, arrived } = serve({ call: () => gate.promise.then(() => resultReply({})) });
    stdin.write(CALL);
    await arrived();
    stop.abort();
    await settle();
    stdin.write(PING);
    gate.resolve();
    await served;
    expect(answers().map(({ id }) => id)).toEqual([1]);
  });

  test('that reads no more is not waited for', async () => {
    const { stdin, stdout, served, arrived } = serve({ call: ({ signal }) => untilGivenUp(signal), graceMs: 60_000 });
    stdin.write(CALL);
    await arrived();
    stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await served;
  });

  test('whose input breaks is treated as one that ended its side, however often it breaks', async () => {
    const stdin = new Readable({ read() {} });
    const { served } = serve({ stdin });
    stdin.emit('error', new Error('read EIO'));
    await served;
    expect(() => stdin.emit('error', new Error('read EIO'))).not.toThrow();
  });

  describe('that reads slowly', () => {
    /** A pipe that takes a write only when it is let go. */
    const createSlowPipe = () => {
      const held: Array<() => void> = [];
      const lines: string[] = [];
      let isOpen = false;
      const stdout = new Writable({
        highWaterMark: 16,
        write: (chunk: Buffer, _encoding, done) => {
          lines.push(...chunk.toString().split('\n').filter(Boolean));
          if (isOpen) done();
          else held.push(done);
        },
      });
      const letGo = (): void => {
        isOpen = true;
        for (const done of held.splice(0)) done();
      };
      return { stdout, lines, letGo };
    };

    test('is asked for nothing more while its queue is full, and then served on', async () => {
      const { stdout, lines, letGo } = createSlowPipe();
      const { stdin, served } = serve({ stdout, maxQueueBytes: 100 });
      for (let id = 0; id < 50; id += 1) {
        stdin.write(`{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`);
        await settle(1);
      }
      expect(stdin.isPaused()).toBe(true);
      expect(stdin.readableLength + stdin.writableLength).toBeGreaterThan(1000);
      letGo();
      stdin.end();
      await served;
      expect(lines.map((line) => (JSON.parse(line) as Answer).id)).toEqual([...Array(50).keys()]);
    });

    test('hears of no progress while its queue is full, and gets the result', async () => {
      verifies('progress:flood');
      const { stdout, lines, letGo } = createSlowPipe();
      const { stdin, served, arrived } = serve({
        stdout,
        maxQueueBytes: 500,
        call: async ({ sink }) => {
          for (let progress = 0; progress < 1000; progress += 1) sink.progress({ progress });
          return resultReply({ done: true });
        },
      });
      stdin.write(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"math__add","_meta":{"progressToken":1}}}\n',
      );
      await arrived();
      await settle();
      letGo();
      stdin.end();
      await served;
      expect(lines.length).toBeGreaterThan(2);
      expect(lines.length).toBeLessThan(20);
      expect(lines.at(-1)).toContain('"done":true');
    });

    /** A valve, and a flow behind it that tells whether it may go on. */
    const createFlow = () => {
      const valve = createValve();
      const flow = { isPaused: false };
      valve.add({
        pause: () => {
          flow.isPaused = true;
        },
        resume: () => {
          flow.isPaused = false;
        },
      });
      return { valve, flow };
    };

    test('has its upstreams wait until it reads', async () => {
      const { stdout, lines, letGo } = createSlowPipe();
      const { valve, flow } = createFlow();
      const { stdin, served } = serve({
        stdout,
        maxQueueBytes: 500,
        upstreams: valve,
        call: () => resultReply({ text: 'x'.repeat(1000) }),
      });
      stdin.write(CALL);
      while (!flow.isPaused) await settle(1);
      letGo();
      while (flow.isPaused) await settle(1);
      stdin.end(PING);
      await served;
      expect(lines).toHaveLength(2);
    });

    test('has its upstreams wait for it no longer once it is gone', async () => {
      const { stdout } = createSlowPipe();
      const { valve, flow } = createFlow();
      const { stdin, served } = serve({
        stdout,
        maxQueueBytes: 10,
        stallMs: 20,
        upstreams: valve,
        call: () => resultReply({ text: 'x'.repeat(1000) }),
      });
      stdin.write(CALL);
      while (!flow.isPaused) await settle(1);
      await served;
      expect(flow.isPaused).toBe(false);
    });

    test('counts as gone when more waits for it than may', async () => {
      const { stdin, served, upstream } = serve({
        stdout: createSlowPipe().stdout,
        maxQueueBytes: 10,
        disconnectBytes: 20_000,
        call: () => resultReply({ text: 'x'.repeat(1000) }),
      });
      stdin.write([...Array(30).keys()].map((id) => CALL.replace('"id":1', `"id":${id}`)).join(''));
      await served;
      expect(upstream.calls).toHaveLength(30);
    });

    test('counts as gone when it reads nothing at all', async () => {
      const { stdin, served } = serve({ stdout: createSlowPipe().stdout, maxQueueBytes: 10, stallMs: 20 });
      stdin.write(PING);
      await settle();
      stdin.write(PING);
      await served;
    });
  });

  test('that takes nothing from the pipe holds back the end for a moment only', async () => {
    const stuck = new Writable({ write: () => {} });
    const { stdin, served } = serve({ stdout: stuck });
    stdin.write(PING);
    stdin.end();
    await served;
  });
});
