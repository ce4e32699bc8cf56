import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npm, userEnvironment } from './npm.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IS_WINDOWS = process.platform === 'win32';

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe('the packed package, installed elsewhere', () => {
  let folder: string;
  let packed: Packed;
  let installed: string;
  let manifest: Manifest;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-hub-pack-'));
    packed = await pack(folder);
    const prefix = join(folder, 'prefix');
    const tarball = join(folder, packed.filename);
    await npm(['install', '--global', '--prefix', prefix, '--ignore-scripts', '--prefer-offline', tarball], folder);
    installed = join(prefix, ...(IS_WINDOWS ? [] : ['lib']), 'node_modules', 'mcp-hub');
    manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest;
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the command that npm has put on the PATH; on Windows (untested) what that command stands for. */
  const mcpHub = async (...args: string[]): Promise<{ stdout: string; stderr: string }> => {
    const options = { cwd: folder, env: userEnvironment() };
    if (IS_WINDOWS) return run(process.execPath, [join(installed, 'bin', 'mcp-hub.js'), ...args], options);
    return run(join(folder, 'prefix', 'bin', 'mcp-hub'), args, options);
  };

  test('it says its version', async () => {
    expect((await mcpHub('--version')).stdout).toBe(`${manifest.version}\n`);
  });

  test('it says its help', async () => {
    expect((await mcpHub('--help')).stdout).toContain('serve');
  });

  test('it runs the demo, whose upstreams are in the package', async () => {
    expect((await mcpHub('demo')).stdout).toContain('math');
  }, 60_000);

  test('it depends on better-sqlite3 alone, and on the keychain where it can be installed', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['better-sqlite3']);
    const names = readdirSync(join(installed, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(Object.keys(manifest.optionalDependencies)).toEqual(['@napi-rs/keyring']);
    expect(names.filter((name) => name !== '@napi-rs').sort()).toEqual(['better-sqlite3', 'node-addon-api']);
  });

  test('it holds what is run and what is read, and no sources and no tests', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['bin/mcp-hub.js', 'dist/main.js', 'dist/log-worker.js', 'LICENSE']));
    expect(paths).toEqual(expect.arrayContaining(['dist/THIRD-PARTY-LICENSES.txt', 'dist/examples/math.js']));
    const unwanted = /\.tsx?$|\.map$|^(src|test|scripts|examples|docs)\/|(^|\/)\.[^/]+$/;
    expect(paths.filter((path) => unwanted.test(path))).toEqual([]);
  });

  test('publint finds nothing to say about it', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });
});

const run = promisify(execFile);

const pack = async (destination: string): Promise<Packed> => {
  const output = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', destination], ROOT);
  const [packed] = JSON.parse(output) as Packed[];
  if (packed === undefined) throw new Error('npm pack made no package');
  return packed;
};
