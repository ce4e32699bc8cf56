import { afterEach, beforeEach, expect, test } from 'vitest';
import { bytesOf, CLIENT_FIXTURES, placeClientFile } from './support/client-files.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';

let home: TempHome;
beforeEach(() => {
  home = createTempHome();
});
afterEach(() => home.remove());

const hub = async (...args: string[]) => {
  const { code, stdout, stderr } = await runCommand(args, { home });
  expect(code, `${args.join(' ')}\n${stderr}`).toBe(0);
  return stdout;
};

/** Secrets of the fixtures, none of which may ever be printed. */
const SECRETS = /ghp_0123456789|hunter2secret|s3cret-token-value|k3y-of-the-crm/;

test('all clients at once: each server comes once, under a name of its own, and each file comes back to the byte', async () => {
  const files = CLIENT_FIXTURES.map(({ client }) => placeClientFile(home, client));
  const before = files.map(bytesOf);
  const printed = await hub('import', '--all');
  expect(printed).not.toMatch(SECRETS);
  expect(printed).toMatch(/^\+ filesystem .* Claude Desktop, Windsurf$/m);
  expect(printed).toMatch(/^\+ github .* Claude Desktop, Claude Code$/m);
  expect(printed).toMatch(/^\+ github-cursor .* Cursor$/m);
  const { servers } = JSON.parse(await hub('import', '--json', '--dry-run')) as { servers: { state: string }[] };
  expect(new Set(servers.map(({ state }) => state))).toEqual(new Set(['same']));
  await hub('install', '--all');
  expect(await hub('clients')).not.toContain('not found');
  expect(await hub('import', '--all')).toContain('nothing to import');
  await hub('uninstall', '--all');
  expect(files.map(bytesOf)).toEqual(before);
}, 60_000);
