import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../errors/hub-error.ts';
import { printable } from '../../utils/printable.ts';

/**
 * Shows a text in the person's pager, `less` where none is set, and resolves when it is closed. No shell reads the command:
 * its words are those between spaces.
 * @throws HubError NOT_FOUND where there is no such program
 */
export const showInPager = async (text: string, env: NodeJS.ProcessEnv): Promise<void> => {
  const [command = 'less', ...options] = (env['PAGER'] || 'less').split(' ').filter((word) => word !== '');
  const folder = mkdtempSync(join(tmpdir(), 'mcp-hub-'));
  const file = join(folder, 'call.txt');
  try {
    writeFileSync(file, printable(text, { keepLineBreaks: true }), { mode: 0o600 });
    const pager = spawn(command, [...options, file], { stdio: 'inherit', env });
    await once(pager, 'close');
  } catch (error) {
    throw noPager(command, error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const noPager = (command: string, cause: unknown): HubError =>
  new HubError('NOT_FOUND', `the pager "${command}" cannot be started`, {
    cause,
    hint: 'set PAGER to a program that is installed',
  });
