import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPTS = fileURLToPath(new URL('../../scripts/', import.meta.url));

/** The major of a Node that is never this one, so that it has to be fetched. */
export const OTHER_MAJOR = process.version.startsWith('v26.') ? 22 : 26;

/**
 * An npm that notes each call, and installs what the scripts ask for: a Node (this one behind a name), or node_modules as
 * the lock file has it.
 */
const NPM = `
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const args = process.argv.slice(2);
appendFileSync(process.env.NPM_CALLS, args[0] + '\\n');
if (process.env.NPM_ERROR) {
  console.error(process.env.NPM_ERROR);
  process.exit(1);
}
if (args[0] === 'ci') {
  mkdirSync('node_modules', { recursive: true });
  copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
} else {
  const [name, major] = args.find((arg) => /@\\d+$/.test(arg)).split('@');
  const folder = join(args[args.indexOf('--prefix') + 1], 'node_modules', name, 'bin');
  mkdirSync(folder, { recursive: true });
  const version = '[ "$1" = --version ] && echo v' + major + '.99.0 && exit';
  writeFileSync(join(folder, 'node'), '#!/bin/sh\\n' + version + '\\nexec ' + JSON.stringify(process.execPath) + ' "$@"\\n');
  chmodSync(join(folder, 'node'), 0o755);
}
`;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with the scripts, a lock file and nothing else, and an npm of its own. */
export interface BareClone {
  readonly folder: string;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  npmCalls(): string[];
  /** What lies in .tools/. */
  tools(): string[];
  remove(): void;
}

export const createBareClone = (): BareClone => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-hub-clone-'));
  const npm = join(folder, 'npm-cli.js');
  const calls = join(folder, 'npm-calls');
  cpSync(SCRIPTS, join(folder, 'scripts'), { recursive: true });
  writeFileSync(join(folder, 'scripts', 'build.mjs'), "console.log('built', ...process.argv.slice(2));\n");
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(folder, 'package-lock.json'), lockFile({ 'node_modules/a': { version: '1.0.0' } }));
  writeFileSync(npm, NPM);
  mkdirSync(join(folder, 'src'));
  return {
    folder,
    run: (args, env = {}) =>
      collect([join(folder, 'scripts', 'run.mjs'), ...args], { npm_execpath: npm, NPM_CALLS: calls, ...env }),
    npmCalls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
    tools: () => (existsSync(join(folder, '.tools')) ? readdirSync(join(folder, '.tools')).sort() : []),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

export const lockFile = (packages: Readonly<Record<string, object>>): string =>
  JSON.stringify({ packages: { '': {}, ...packages } });

const collect = (argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
