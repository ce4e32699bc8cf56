import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A program that loads what the hub loads, in each way in which it does. */
const MAIN = `
import { createRequire } from 'node:module';
import { VERSION } from '../utils/version.ts';
export const main = async (): Promise<number> => {
  const answers = await (await import('./lazy.ts')).answers();
  process.stdout.write(JSON.stringify({ VERSION, createRequire: typeof createRequire, ...answers }));
  return 0;
};
`;

const LAZY = `
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
export const answers = async (): Promise<object> => {
  const { default: micromatch } = await import('micromatch');
  const { cosmiconfig, defaultLoaders } = await import('cosmiconfig');
  const { Command } = await import('commander');
  const { execa } = await import('execa');
  const { parse } = await import('jsonc-parser');
  const [message] = await once(new Worker(new URL('./log-worker.js', import.meta.url)), 'message');
  return {
    micromatch: micromatch.isMatch('math_add', 'math_*'),
    cosmiconfig: typeof cosmiconfig,
    yaml: await defaultLoaders['.yaml']('', 'a: 1'),
    commander: new Command('x').name(),
    execa: (await execa(process.execPath, ['-p', '1'])).stdout,
    jsonc: parse('{ /* one */ "a": 1 }'),
    worker: message,
  };
};
`;

const WORKER = `
import Database from 'better-sqlite3';
import { parentPort } from 'node:worker_threads';
parentPort?.postMessage(new Database(':memory:').prepare('select 1 as one').get());
`;

const EXPECTED = {
  createRequire: 'function',
  micromatch: true,
  cosmiconfig: 'function',
  yaml: { a: 1 },
  commander: 'x',
  execa: '1',
  jsonc: { a: 1 },
  worker: { one: 1 },
};

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the build', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-hub-build-'));
    for (const path of [
      'bin',
      'scripts',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'src/utils/version.ts',
    ]) {
      cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    write('src/cli/main.ts', MAIN);
    write('src/cli/lazy.ts', LAZY);
    write('src/store/log-worker.ts', WORKER);
    write('examples/hello/server.ts', "import { z } from 'zod';\nconsole.log(z.string().parse('hello'));\n");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  const node = (...argv: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, argv, { cwd: folder }, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr });
      });
    });

  const chunksOf = (name: string): string[] =>
    readdirSync(join(folder, 'dist')).filter((file) => new RegExp(`^${name}-[A-Z0-9]{8}\\.js$`).test(file));

  test('a package means the same in the bundle as under Node, however it is imported', async () => {
    expect(await node('scripts/build.mjs')).toEqual({ code: 0, stdout: '', stderr: '' });
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const { stdout, stderr } = await node('bin/mcp-hub.js');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ VERSION: version, ...EXPECTED });
  });

  test('the examples are bundled, and the licences of all that is bundled are beside it', async () => {
    await node('scripts/build.mjs');
    expect((await node('dist/examples/hello.js')).stdout).toBe('hello\n');
    const licenses = readFileSync(join(folder, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'cosmiconfig', 'execa', 'micromatch', 'picomatch', 'zod']) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    }
  });

  test('nothing is built again while nothing has changed', async () => {
    await node('scripts/build.mjs');
    rmSync(join(folder, 'dist', 'main.js'));
    await node('scripts/build.mjs', '--if-stale');
    expect(existsSync(join(folder, 'dist', 'main.js'))).toBe(false);
    write('src/cli/lazy.ts', LAZY.replace('one */', 'two */'));
    await node('scripts/build.mjs', '--if-stale');
    expect(existsSync(join(folder, 'dist', 'main.js'))).toBe(true);
  });

  test('chunks of an earlier build stay for a day, for hubs that still run, unless all is to be clean', async () => {
    await node('scripts/build.mjs');
    write('src/cli/lazy.ts', LAZY.replace('name()', "name() + '!'"));
    await node('scripts/build.mjs');
    const [older, newer] = chunksOf('lazy');
    expect([older, newer]).not.toContain(undefined);
    for (const name of chunksOf('lazy')) utimesSync(join(folder, 'dist', name), 0, 0);
    await node('scripts/build.mjs');
    expect(chunksOf('lazy')).toHaveLength(1);
    write('src/cli/lazy.ts', LAZY);
    await node('scripts/build.mjs', '--clean');
    expect(chunksOf('lazy')).toHaveLength(1);
  });

  test('a source that cannot be bundled is named with its line, and the last good build stays', async () => {
    await node('scripts/build.mjs');
    write('src/cli/lazy.ts', "export { nothing } from './nothing.ts';\n");
    const { code, stderr } = await node('scripts/build.mjs');
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot build:[\s\S]*src\/cli\/lazy\.ts:1/);
    expect((await node('bin/mcp-hub.js')).code).toBe(0);
    expect(readdirSync(join(folder, '.tools'))).toEqual([]);
  });

  test('a missing entry is named', async () => {
    rmSync(join(folder, 'src', 'store', 'log-worker.ts'));
    const { code, stderr } = await node('scripts/build.mjs');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'mcp-hub: cannot build: src/store/log-worker.ts does not exist\n',
    });
  });
});
