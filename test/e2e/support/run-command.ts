import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { HUB_BIN } from './paths.ts';
import type { TempHome } from './temp-home.ts';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly home: TempHome;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default: nothing. */
  readonly input?: string;
}

/** Runs `mcp-hub ARGS` to its end. */
export const runCommand = (args: readonly string[], options: CommandOptions): Promise<CommandResult> =>
  runNode([HUB_BIN, ...args], options);

/** Runs a program of Node to its end. */
export const runNode = async (args: readonly string[], options: CommandOptions): Promise<CommandResult> => {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? options.home.file('work'),
    env: { ...options.home.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
};

/** Runs `mcp-hub logs --json` and gives its rows. */
export const readCallLog = async (
  home: TempHome,
  args: readonly string[] = [],
): Promise<readonly Record<string, unknown>[]> => {
  const { code, stdout, stderr } = await runCommand(['logs', '--json', '-n', '1000', ...args], { home });
  if (code !== 0) throw new Error(`mcp-hub logs ended with ${code}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};
