import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytesOf, CLIENT_FIXTURES, placeClientFile } from '../e2e/support/client-files.ts';
import { type CliHome, createCliHome } from './support/cli-home.ts';

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
});
afterEach(() => home.remove());

const hub = async (...args: string[]) => {
  const { code, stdout, stderr } = await home.run(args);
  expect(code, `${args.join(' ')}\n${stderr}`).toBe(0);
  return stdout;
};

/** Secrets of the fixtures, none of which may ever be printed. */
const SECRETS = /ghp_0123456789|hunter2secret|s3cret-token-value|k3y-of-the-crm/;

describe.each(CLIENT_FIXTURES)('with the file of $client', ({ client, servers }) => {
  test('import copies its servers and changes nothing in it', async () => {
    const file = placeClientFile(home, client);
    const before = bytesOf(file);
    const printed = await hub('import', client, '--all');
    expect(bytesOf(file)).toBe(before);
    expect(printed).not.toMatch(SECRETS);
    const listed = JSON.parse(await hub('list', '--json')) as { servers: { name: string; status: string }[] };
    expect(listed.servers.map(({ name }) => name)).toEqual(servers);
    expect(listed.servers.filter(({ status }) => status === 'invalid')).toEqual([]);
  });

  test('install and uninstall give back the same bytes', async () => {
    const file = placeClientFile(home, client);
    const before = bytesOf(file);
    const printed = await hub('install', client);
    expect(bytesOf(file)).not.toBe(before);
    expect(printed).toContain('bin/mcp-hub.js');
    expect(printed).toContain(`  undo  mcp-hub uninstall ${client}\n`);
    expect(await hub('install', client)).toContain('registered already');
    expect(printed + (await hub('uninstall', client))).not.toMatch(SECRETS);
    expect(bytesOf(file)).toBe(before);
    expect(existsSync(`${file}.bak`)).toBe(false);
  });

  test('its own servers go behind the hub and come back to the byte', async () => {
    const file = placeClientFile(home, client);
    const before = bytesOf(file);
    const printed = await hub('install', client, '--replace-servers');
    expect(printed).not.toMatch(SECRETS);
    expect(readFileSync(file, 'utf8')).toContain('bin/mcp-hub.js');
    const states = JSON.parse(await hub('clients', '--json')) as { clients: { id: string; state: string }[] };
    expect(states.clients.find(({ id }) => id === client)?.state).toBe('registered');
    await hub('uninstall', client);
    expect(bytesOf(file)).toBe(before);
    const listed = JSON.parse(await hub('list', '--json')) as { servers: { name: string }[] };
    expect(listed.servers.length).toBeGreaterThan(0);
  });

  test('uninstall keeps what was changed since', async () => {
    const file = placeClientFile(home, client);
    const before = readFileSync(file, 'utf8');
    await hub('install', client, '--replace-servers');
    const comment = /\.(toml|yaml)$/.test(file) ? '# mine\n' : '// mine\n';
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n${comment}`);
    await hub('uninstall', client);
    const after = readFileSync(file, 'utf8');
    expect(after).toContain(comment);
    expect(after).not.toContain('mcp-hub.js');
    // Beside the line that was added, it is the old file.
    const rest = after.replace(`\n${comment}`, '');
    if (before.includes('\n')) expect(rest.trimEnd()).toBe(before.trimEnd());
    else expect(JSON.parse(rest)).toEqual(JSON.parse(before));
  });
});

test.each([
  ['claude-desktop', 'Library/Application Support/Claude/claude_desktop_config.json'],
  ['vscode', 'Library/Application Support/Code/User/mcp.json'],
  ['zed', '.config/zed/settings.json'],
  [
    'cline',
    'Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json',
  ],
])('on macOS the file of %s is %s', async (client, path) => {
  const file = home.file(path);
  mkdirSync(dirname(file), { recursive: true });
  renameSync(placeClientFile(home, client), file);
  rmSync(home.file('.cline'), { recursive: true, force: true });
  const before = bytesOf(file);
  for (const verb of ['import', 'install', 'uninstall']) {
    const { code, stderr } = await home.run([verb, client, ...(verb === 'import' ? ['--all'] : [])], {
      platform: 'darwin',
    });
    expect(code, stderr).toBe(0);
    expect(bytesOf(file) === before).toBe(verb !== 'install');
  }
});
