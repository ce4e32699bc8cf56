import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../../src/upstream/transport/transport.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { createEvilLog, type EvilLog, isRunning } from '../../fixtures/transport/processes.ts';
import { createRecorder } from '../../fixtures/transport/recorder.ts';
import { createStdioPeer, fixture } from '../../fixtures/transport/stdio-peer.ts';

const LEGACY = fixture('servers/legacy.mjs');

/** Groups are a thing of POSIX; how trees of processes end on Windows is untested. */
describe.skipIf(process.platform === 'win32')('after the end of a stdio server', () => {
  let log: EvilLog;
  let transport: Transport;

  beforeEach(() => {
    log = createEvilLog();
  });
  afterEach(async () => {
    await transport.close();
    log.remove();
  });

  const start = async (command: string, args: readonly string[], evil: string): Promise<number[]> => {
    transport = createStdioPeer({ command, args, declared: { EVIL: evil, EVIL_LOG: log.path } });
    await transport.start(createRecorder());
    const started = await log.entry(evil.includes('grandchild') ? 'grandchild' : 'start');
    return [...new Set([transport.pid, started.pid, started.grandchild])].filter((pid) => pid !== undefined);
  };

  it('that ignores the end of its input and SIGTERM nothing is left', async () => {
    verifies('stdio:shutdown:order');
    const pids = await start(process.execPath, [LEGACY, 'evil'], 'ignore-eof,ignore-term');
    await transport.close();
    expect(pids.filter(isRunning)).toEqual([]);
    expect(log.entries().map(({ event }) => event)).toEqual(['start', 'eof', 'sigterm']);
  });

  it('that ends when its input does no signal was sent', async () => {
    verifies('stdio:shutdown:order');
    await start(process.execPath, [LEGACY, 'good'], '');
    await transport.close();
    expect(log.entries().map(({ event }) => event)).toEqual(['start', 'eof']);
  });

  it('its grandchild that ignores everything and holds the pipes is gone', async () => {
    const pids = await start(process.execPath, [LEGACY, 'evil'], 'grandchild');
    expect(pids.filter(isRunning)).toHaveLength(2);
    await transport.close();
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('behind a shell nothing is left of the shell and of the server', async () => {
    const script = `"${process.execPath}" "${LEGACY}" evil; true`;
    const pids = await start('sh', ['-c', script], 'grandchild,ignore-eof,ignore-term');
    expect(pids.filter(isRunning)).toHaveLength(3);
    await transport.close();
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('behind a wrapper that passes on no signal nothing is left', async () => {
    const pids = await start(
      process.execPath,
      [fixture('servers/wrapper.mjs'), LEGACY, 'evil'],
      'ignore-eof,ignore-term',
    );
    await transport.close();
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('by a crash its grandchildren are swept, and the hub is told without waiting for them', async () => {
    transport = createStdioPeer({
      args: [LEGACY, 'evil'],
      declared: { EVIL: 'grandchild', EVIL_LOG: log.path },
      graceMs: 100,
    });
    const recorder = createRecorder();
    await transport.start(recorder);
    const { grandchild, pid } = await log.entry('grandchild');
    process.kill(pid, 'SIGKILL');
    expect(await recorder.closed).toMatchObject({ signalName: 'SIGKILL' });
    await transport.close();
    expect(isRunning(grandchild as number)).toBe(false);
  });

  it('because the hub ends at once, nothing is left either', async () => {
    transport = createStdioPeer();
    const script = `
      import { createStdioPeer } from ${JSON.stringify(fixture('transport/stdio-peer.ts'))};
      const args = [${JSON.stringify(LEGACY)}, 'evil'];
      const declared = { EVIL: 'grandchild,ignore-eof,ignore-term', EVIL_LOG: ${JSON.stringify(log.path)} };
      const listener = { onMessage() { process.exit(0); }, onProblem() {}, onStderr() {}, onClose() {} };
      const transport = createStdioPeer({ args, declared });
      await transport.start(listener);
      await transport.send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    `;
    const hub = execFile(process.execPath, ['--input-type=module', '-e', script]);
    const [exitCode] = await once(hub, 'exit');
    expect(exitCode).toBe(0);
    const { pid, grandchild } = await log.entry('grandchild');
    await Promise.all([pid, grandchild as number].map(untilGone));
    expect([pid, grandchild as number].filter(isRunning)).toEqual([]);
  });
});

/** A signal has been sent; the kernel takes a moment to carry it out. */
const untilGone = async (pid: number): Promise<void> => {
  const deadline = performance.now() + 5_000;
  while (isRunning(pid) && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
};
