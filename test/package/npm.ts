import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The environment of a person who has the Node of this test run first on the PATH. */
export const userEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
});

/** Runs npm: the one that started the tests where one did, else the one on the PATH (which needs a shell on Windows: untested). */
export const npm = async (args: readonly string[], cwd: string): Promise<string> => {
  const cli = process.env['npm_execpath'];
  const [command, ...before] = cli === undefined ? ['npm'] : [process.execPath, cli];
  const argv = [...before, ...args, '--loglevel=error', '--no-audit', '--no-fund'];
  const { stdout } = await run(command ?? 'npm', argv, { cwd, env: userEnvironment(), maxBuffer: 64 * 1024 * 1024 });
  return stdout;
};
