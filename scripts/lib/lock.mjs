import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TOOLS } from './paths.mjs';

const POLL_MS = 100;
/** A lock file this old that names no process was left by one that died while writing it. */
const NAMELESS_MS = 5_000;

/**
 * Lets one process at a time do `work`. The lock names its owner, so one that a killed process left behind is taken over.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const withLock = async (name, work) => {
  mkdirSync(TOOLS, { recursive: true });
  const path = join(TOOLS, `${name}.lock`);
  while (!take(path)) {
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await wait(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
};

const take = (path) => {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

const isAbandoned = (path) => {
  try {
    const owner = Number(readFileSync(path, 'utf8'));
    if (owner > 0) return !isAlive(owner);
    return Date.now() - statSync(path).mtimeMs > NAMELESS_MS;
  } catch {
    return false;
  }
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};
