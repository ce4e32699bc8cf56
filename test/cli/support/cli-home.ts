import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { CliContext } from '../../../src/cli/context.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import { createTempHome, type TempHome } from '../../e2e/support/temp-home.ts';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The system whose rules count for the files of clients; default this one. */
  readonly platform?: NodeJS.Platform;
  /** Where the command is run; default `work`. */
  readonly cwd?: string;
  /** What stands on standard input; default nothing. */
  readonly input?: string;
  /** Whether a person types `input`; default false. */
  readonly isInteractive?: boolean;
  /** Whether a person reads standard output; default false. */
  readonly isTerminal?: boolean;
  /** Characters in a line of the terminal; default: there is no terminal. */
  readonly width?: number;
}

/** A home of its own, and the command line in this process. */
export interface CliHome extends TempHome {
  readonly configFile: string;
  /** The working directory of the commands. */
  readonly work: string;
  run(args: readonly string[], options?: CliRunOptions): Promise<CliResult>;
  /** Runs a command and gives the JSON object that it prints. */
  json(args: readonly string[], options?: CliRunOptions): Promise<Record<string, unknown>>;
  writeConfig(config: object | string): void;
  readConfig(): Record<string, unknown>;
}

export const createCliHome = (): CliHome => {
  const home = createTempHome();
  const configFile = join(home.dir, 'config', 'mcp-hub', 'config.json');
  const work = home.file('work');
  const run: CliHome['run'] = async (args, options = {}) => {
    let stdout = '';
    let stderr = '';
    const context: CliContext = {
      env: { ...home.env, ...options.env },
      cwd: options.cwd ?? work,
      ...(options.platform !== undefined && { platform: options.platform }),
      stdin: Object.assign(Readable.from([options.input ?? '']), { isTTY: options.isInteractive === true }),
      isTerminal: options.isTerminal === true || options.width !== undefined,
      width: options.width,
      out: (text) => {
        stdout += text;
      },
      err: (text) => {
        stderr += text;
      },
      interruption: () => new AbortController().signal,
    };
    const code = await runCli(args, context);
    return { code, stdout, stderr };
  };
  return {
    ...home,
    configFile,
    work,
    run,
    json: async (args, options) => JSON.parse((await run(args, options)).stdout) as Record<string, unknown>,
    writeConfig: (config) => {
      mkdirSync(dirname(configFile), { recursive: true });
      writeFileSync(configFile, typeof config === 'string' ? config : JSON.stringify(config), { mode: 0o600 });
    },
    readConfig: () =>
      existsSync(configFile) ? (JSON.parse(readFileSync(configFile, 'utf8')) as Record<string, unknown>) : {},
  };
};
