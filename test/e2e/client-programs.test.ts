import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';

/**
 * The programs of the clients themselves, where they are installed: `npm install @anthropic-ai/claude-code @openai/codex
 * @google/gemini-cli opencode-ai` in any folder, and its `node_modules/.bin` on the PATH or in MCP_HUB_CLIENT_PROGRAMS.
 */
const FOLDERS = [process.env['MCP_HUB_CLIENT_PROGRAMS'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)];
const programOf = (name: string): string | undefined =>
  FOLDERS.filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

let home: TempHome;
beforeEach(() => {
  home = createTempHome();
});
afterEach(() => home.remove());

const PROGRAMS = [
  { client: 'claude-code', program: 'claude', shows: [['mcp', 'get', 'hub'], /Connected[\s\S]*mcp-hub\.js serve/] },
  { client: 'codex', program: 'codex', shows: [['mcp', 'get', 'hub'], /args: .*mcp-hub\.js serve/] },
  { client: 'gemini', program: 'gemini', shows: [['mcp', 'list'], /hub: .*mcp-hub\.js serve \(stdio\) - Connected/] },
  { client: 'opencode', program: 'opencode', shows: [['mcp', 'list'], /✓ hub .*connected[\s\S]*mcp-hub\.js serve/] },
] as const;

for (const { client, program, shows } of PROGRAMS) {
  const path = programOf(program);
  const [args, expected] = shows;
  test.skipIf(path === undefined)(
    `\`${program} ${args.join(' ')}\` shows the hub after install (skipped where ${program} is not installed)`,
    async () => {
      trustFolder();
      expect((await runCommand(['install', client, '--force'], { home })).code).toBe(0);
      expect(await run(path ?? '', args)).toMatch(expected);
      expect((await runCommand(['uninstall', client], { home })).code).toBe(0);
      expect(await run(path ?? '', args)).not.toMatch(expected);
    },
    120_000,
  );
}

/** Gemini CLI starts servers in no other. */
const trustFolder = (): void => {
  mkdirSync(home.file('.gemini'));
  writeFileSync(home.file('.gemini/trustedFolders.json'), JSON.stringify({ [home.file('work')]: 'TRUST_FOLDER' }));
};

/** What a program prints, whether or not it ends well. */
const run = async (path: string, args: readonly string[]): Promise<string> => {
  const { env } = home;
  const options = {
    cwd: home.file('work'),
    env: { ...env, PATH: `${join(process.execPath, '..')}${delimiter}${env['PATH']}` },
  };
  try {
    const { stdout, stderr } = await promisify(execFile)(path, args, options);
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return stdout + stderr;
  }
};
