import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureCallWork } from '../../bench/micro/call-work.ts';

const PROGRAM = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

const run = promisify(execFile);

describe('the bench', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-hub-bench-test-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('measures the server, a pipe and the hub, judges the targets, and writes the values', async () => {
    const out = join(folder, 'results.json');
    const argv = [PROGRAM, '--quick', '--rounds', '1', '--only', 'direct,pipe,hub', '--no-build', '--out', out];
    const { stdout } = await run(process.execPath, argv, { env: { ...process.env, TMPDIR: folder } });
    expect(stdout).toMatch(/\| p50 of a small call, hub \/ pipe +\| +at most 1\.3 \| +\d/);
    expect(stdout).toMatch(/\| spawn to `initialize` answer, hub \/ direct +\| +at most 2\.5 \| +\d/);
    const { values } = JSON.parse(readFileSync(out, 'utf8')) as {
      values: Record<string, Record<string, number[]>>;
    };
    expect(Object.keys(values).toSorted()).toEqual(['direct', 'hub', 'pipe']);
    for (const contender of Object.values(values)) {
      for (const measure of ['small: p50 ms', 'small: calls/s', 'initialize ms', 'first list ms', 'peak rss MiB']) {
        expect(contender[measure]?.every((value) => value > 0)).toBe(true);
      }
    }
  });

  test('says which contenders there are', async () => {
    await expect(run(process.execPath, [PROGRAM, '--only', 'nothing'])).rejects.toThrow(/there are direct, pipe/);
  });
});

describe('the bench of one call', () => {
  test('times a call that is carried through all of the hub', async () => {
    const work = await measureCallWork(20);
    expect(Object.keys(work)).toEqual(['routeUs', 'routeAmongManyUs', 'interceptorsUs', 'callUs']);
    expect(Object.values(work).every((us) => us > 0)).toBe(true);
  });
});
