import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { capture } from './capture.mjs';
import { Explained } from './progress.mjs';

/**
 * Runs npm without a shell and keeps what it prints for the case that it fails.
 *
 * npm's own JavaScript is run by a Node of our choice. It is found through `npm_execpath`, which npm sets for the scripts it
 * runs; else beside this Node; else through the `npm` on the PATH. On Windows (untested) the last is `npm.cmd`, which
 * cannot be run without a shell, so there the first two must do.
 * @param {readonly string[]} args
 * @param {{ node?: string, cwd: string, env?: NodeJS.ProcessEnv }} options `node`: default, this one
 */
export const runNpm = async (args, { node = process.execPath, cwd, env = process.env }) => {
  const argv = [findNpm(), ...args, '--loglevel=error', '--no-audit', '--no-fund'];
  const { code, output } = await capture(node, argv, { cwd, env });
  if (code !== 0) throw new NpmFailed(`npm ${args.join(' ')} failed:\n${beginningOf(output)}`);
};

/** npm says what is wrong first, and then explains itself at length. */
const beginningOf = (output) => output.trim().split('\n').slice(0, 20).join('\n');

/** npm ran and said no; the message holds what it printed. */
export class NpmFailed extends Explained {}

const findNpm = () => {
  const found = candidates().find((path) => path !== undefined && basename(path) === 'npm-cli.js' && existsSync(path));
  if (found !== undefined) return found;
  throw new Explained('npm cannot be found: run this through npm (`npm start`, `npm test`), or put npm on the PATH');
};

const candidates = () => {
  const folder = dirname(process.execPath);
  return [
    process.env.npm_execpath,
    join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...(process.env.PATH ?? '').split(delimiter).map((entry) => resolveLink(join(entry, 'npm'))),
  ];
};

const resolveLink = (path) => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};
