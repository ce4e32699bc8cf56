import { type Stats, statSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { HubError } from '../../errors/hub-error.ts';
import { excerpt } from './excerpt.ts';

export interface SpawnAttempt {
  /** The upstream. */
  readonly name: string;
  readonly command: string;
  readonly cwd?: string | undefined;
}

/** Says why a process could not be started, in a sentence for a person, with what to do about it. */
export const spawnFailure = ({ name, command, cwd }: SpawnAttempt, thrown: unknown): HubError => {
  const fail = (why: string, hint?: string): HubError =>
    new HubError('UPSTREAM_START_FAILED', `${name} could not be started: ${why}`, {
      cause: thrown,
      upstream: name,
      ...(hint !== undefined && { hint }),
    });
  if (cwd !== undefined && !isDirectory(cwd))
    return fail(`its working directory does not exist: ${cwd}`, 'correct "cwd" in the configuration');
  switch (errorCode(thrown)) {
    case 'ENOENT':
      return isFile(command, cwd)
        ? fail(`the interpreter in the first line of ${command} was not found`, 'install it, or name it as the command')
        : fail(`command not found: ${command}${isPath(command) ? '' : ' (is it on PATH?)'}`, HINT_COMMAND);
    case 'EACCES':
      return fail(`not allowed to run ${command} (is it an executable file?)`, HINT_COMMAND);
    case 'E2BIG':
      return fail('its arguments and variables are too long for the operating system');
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
      return fail('the machine has no processes or file handles left', 'close other programs, or raise ulimit -n');
    default:
      return fail(thrown instanceof Error ? excerpt(thrown.message) : 'unknown reason');
  }
};

/** Refuses a working directory that is not there: the operating system would blame the command. */
export const requireDirectory = (attempt: SpawnAttempt): void => {
  if (attempt.cwd !== undefined && !isDirectory(attempt.cwd)) throw spawnFailure(attempt, undefined);
};

const HINT_COMMAND = 'correct "command" in the configuration; an absolute path always works';

const errorCode = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

const isPath = (command: string): boolean => command.includes('/') || (delimiter === ';' && command.includes('\\'));

const isFile = (command: string, cwd = process.cwd()): boolean =>
  isPath(command) && statOf(isAbsolute(command) ? command : resolve(cwd, command))?.isFile() === true;

const isDirectory = (path: string): boolean => statOf(path)?.isDirectory() === true;

const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
};
