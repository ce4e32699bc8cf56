import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callFinished, callStarted, clientConnected, hubStarted } from './support/events.ts';
import { type LogBench, openLogBench, query, temporaryDirectory } from './support/log-bench.ts';

const MIB = 1024 * 1024;

/** Only root may mount a disk, and in some containers nobody. */
const canMount = (): boolean => {
  const place = mkdtempSync(join(tmpdir(), 'mcp-hub-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', place], { stdio: 'ignore' });
    execFileSync('umount', [place], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(place);
  }
};

/** A disk of its own, of so many bytes. */
const mountDisk = (sizeBytes: number): string => {
  const disk = temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', disk]);
  onTestFinished(() => void execFileSync('umount', ['-l', disk]));
  return disk;
};

/** Takes all the room that is left. */
const fill = (file: string): void => {
  const descriptor = openSync(file, 'w');
  const block = Buffer.alloc(4096);
  try {
    for (;;) writeSync(descriptor, block);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(descriptor);
  }
};

const logCalls = async ({ bus, log }: LogBench, name: string, count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) {
    bus.emit(callStarted(`${name}-${index}`, { request: () => JSON.stringify('x'.repeat(2000)) }));
    bus.emit(callFinished(`${name}-${index}`));
  }
  await log.flush();
};

const countOf = (stateDir: string): unknown =>
  query(stateDir, "SELECT count(*) AS calls, count(outcome) AS ended FROM calls WHERE call_id LIKE '%-%'")[0];

describe.skipIf(process.platform !== 'linux' || !canMount())('a disk that is full', () => {
  test.each([true, false])(
    'is told of once, and nothing is lost when there is room again (chain: %s)',
    async (chain) => {
      const disk = mountDisk(32 * MIB);
      const bench = openLogBench({ chain }, { stateDir: join(disk, 'state') });
      bench.bus.emit(hubStarted());
      bench.bus.emit(clientConnected());
      await logCalls(bench, 'before', 100);
      fill(join(disk, 'ballast'));
      await logCalls(bench, 'during', 1500);
      expect(bench.log.problem()).toMatch(/cannot be written: .*(full|disk)/);
      expect(bench.problems).toEqual([bench.log.problem()]);
      expect(countOf(bench.stateDir)).toEqual({ calls: 100, ended: 100 });
      rmSync(join(disk, 'ballast'));
      await logCalls(bench, 'after', 10);
      expect(bench.log.problem()).toBeUndefined();
      expect(countOf(bench.stateDir)).toEqual({ calls: 1610, ended: 1610 });
      expect(query(bench.stateDir, 'PRAGMA quick_check')).toEqual([{ quick_check: 'ok' }]);
    },
  );

  test('in the way of a hub that starts is told of, and what came is written when there is room', async () => {
    const disk = mountDisk(16 * MIB);
    const stateDir = join(disk, 'state');
    const earlier = openLogBench({}, { stateDir });
    await logCalls(earlier, 'earlier', 10);
    await earlier.log.close();
    fill(join(disk, 'ballast'));
    const bench = openLogBench({}, { stateDir });
    bench.bus.emit(hubStarted('next'));
    await logCalls(bench, 'during', 20);
    expect(bench.log.problem()).toMatch(/cannot be written/);
    rmSync(join(disk, 'ballast'));
    await logCalls(bench, 'after', 1);
    expect(bench.log.problem()).toBeUndefined();
    expect(countOf(stateDir)).toEqual({ calls: 31, ended: 31 });
  });
});
