import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/**
 * Where the system finds a command: its absolute path, or undefined where it is not on `PATH`, or not executable.
 * @param cwd where a relative path begins
 */
export const findCommand = (command: string, env: NodeJS.ProcessEnv, cwd = process.cwd()): string | undefined => {
  const endings = process.platform === 'win32' ? windowsEndings(command, env) : [''];
  const bases = isPath(command)
    ? [isAbsolute(command) ? command : resolve(cwd, command)]
    : pathFolders(env).map((folder) => join(folder, command));
  return bases.flatMap((base) => endings.map((ending) => base + ending)).find(isProgram);
};

const isPath = (command: string): boolean =>
  command.includes('/') || (process.platform === 'win32' && command.includes('\\'));

const pathFolders = (env: NodeJS.ProcessEnv): string[] => {
  const path = process.platform === 'win32' ? (env['PATH'] ?? env['Path']) : env['PATH'];
  return (path ?? '').split(delimiter).filter(isAbsolute);
};

/** Untested on Windows: `npx` is found there as `npx.cmd`. */
const windowsEndings = (command: string, env: NodeJS.ProcessEnv): string[] => {
  const endings = (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';');
  const hasEnding = endings.some((ending) => command.toLowerCase().endsWith(ending.toLowerCase()));
  return hasEnding ? [''] : endings;
};

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};
