import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { measureLoss } from '../../bench/monitor/measure-loss.ts';
import { HUB_BIN } from '../e2e/support/paths.ts';
import { hasPseudoTerminals, openTerminal } from '../e2e/support/terminal.ts';

const PROGRAM = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

const run = promisify(execFile);

/** It measures, which takes its time: some ten seconds on a machine that does nothing else. What it finds is not judged here. */
const LONG_MS = 180_000;

/** Only Linux has the program that gives a test a terminal. */
describe.skipIf(!hasPseudoTerminals())('the bench of the monitor', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-hub-bench-monitor-test-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('makes a log, drives the monitor on it, and judges each target', { timeout: LONG_MS }, async () => {
    const argv = [PROGRAM, 'monitor', '--quick', '--calls', '3000', '--no-build'];
    const { stdout } = await run(process.execPath, argv, { env: { ...process.env, TMPDIR: folder } });
    expect(stdout).toMatch(/on a log of 3,000 calls/);
    for (const target of [
      /\| start to the first frame.*at most 1\.5 \| +\d/,
      /\| the slowest query.*at most 10 ms \| +\d/,
      /\| a key to its frame.*at most 50 ms \| +\d/,
      /\| processor of an idle monitor.*at most 2 % \| +\d/,
      /\| RSS of the monitor.*at most 150 MiB \| +\d/,
      /\| calls\/s that a hub loses.*at most 5 % \| +-?\d/,
    ])
      expect(stdout).toMatch(target);
    expect(stdout).toMatch(/\| frames\/s of the monitor meanwhile +\| +\d/);
  });

  test('waits for a monitor that draws late, as long as its patience lasts', { timeout: LONG_MS }, async () => {
    const drawing = 'let n = 0; setInterval(() => console.log("frame", n++), 400); console.log("begun")';
    const terminal = await openTerminal({ argv: [process.execPath, '-e', drawing], env: {} });
    onTestFinished(() => terminal.close());
    await terminal.shows('begun');
    const home = join(folder, 'late');
    const { frames, watched } = await measureLoss({
      program: HUB_BIN,
      stateDir: join(home, 'state'),
      home,
      watch: { terminal, firstFrameMs: 0, close: async () => {} },
      rounds: 1,
      blockMs: 1,
      warmUpMs: 50,
      patienceMs: 50_000,
    });
    expect(watched).toHaveLength(1);
    expect(frames[0]).toBeGreaterThan(0);
  });

  test('gives no figure for what a hub loses where nothing is drawn', { timeout: LONG_MS }, async () => {
    const terminal = await openTerminal({
      argv: [process.execPath, '-e', 'setInterval(() => {}, 1000); console.log("a still picture")'],
      env: {},
    });
    onTestFinished(() => terminal.close());
    await terminal.shows('a still picture');
    const watch = { terminal, firstFrameMs: 0, close: async () => {} };
    const home = join(folder, 'still');
    const loss = measureLoss({
      program: HUB_BIN,
      stateDir: join(home, 'state'),
      home,
      watch,
      rounds: 1,
      blockMs: 100,
      warmUpMs: 50,
      patienceMs: 200,
    });
    await expect(loss).rejects.toThrow('the monitor has drawn 0 frames in ');
  });
});
