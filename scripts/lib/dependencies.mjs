import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { environmentFor } from './node-runtime.mjs';
import { runNpm } from './npm.mjs';
import { ROOT } from './paths.mjs';
import { libc } from './platform.mjs';
import { withProgress } from './progress.mjs';

const LOCK_FILE = join(ROOT, 'package-lock.json');

/** What npm notes when it has finished: the packages that it put into node_modules. */
const INSTALLED_FILE = join(ROOT, 'node_modules', '.package-lock.json');

/**
 * Runs `npm ci` unless node_modules already holds what package-lock.json asks for. No script of a package is run.
 * npm runs under the Node that will use the packages, because it leaves out optional ones that do not fit its own Node.
 */
export const ensureDependencies = async (node) => {
  if (isInstalled()) return;
  await withLock('install', async () => {
    if (isInstalled()) return;
    await withProgress('installing dependencies', () =>
      runNpm(['ci', '--ignore-scripts'], { node, cwd: ROOT, env: environmentFor(node) }),
    );
  });
};

const isInstalled = () => {
  if (!existsSync(INSTALLED_FILE)) return false;
  const installed = packagesIn(INSTALLED_FILE);
  const machine = { os: process.platform, cpu: process.arch, libc: libc() };
  return Object.entries(packagesIn(LOCK_FILE)).every(
    ([path, wanted]) => path === '' || !isFor(machine, wanted) || installed[path]?.version === wanted.version,
  );
};

const packagesIn = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};

/** Optional packages are those that name a platform, and what only belongs to another platform's. */
const isFor = (machine, { optional, os, cpu, libc: libcs }) => {
  if (optional !== true) return true;
  if (os === undefined) return false;
  return os.includes(machine.os) && (cpu?.includes(machine.cpu) ?? true) && (libcs?.includes(machine.libc) ?? true);
};
