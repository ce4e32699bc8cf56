// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/check.ts';
import { CHECKS } from '../../../src/cli/doctor/checks.ts';
import { legacyServer, modernServer } from '../../e2e/support/upstreams.ts';
import { type CliHome, type CliRunOptions, createCliHome } from '../support/cli-home.ts';

type Told = Finding & { readonly check: string };

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
});
afterEach(() => home.remove());

const examine = async (args: readonly string[] = [], options?: CliRunOptions) => {
  const { code, stdout } = await home.run(['doctor', '--json', ...args], options);
  const { checks, ...rest } = JSON.parse(stdout) as { healthy: boolean; checks: Told[] };
  return { code, ...rest, of: (check: string) => checks.filter((finding) => finding.check === check), checks };
};

describe('a healthy home', () => {
  test('is called so, and every server says what it is', async () => {
    home.writeConfig({ mcpServers: { old: legacyServer('old'), young: modernServer('young') } });
    const { code, healthy, of, checks } = await examine();
    expect(checks.filter(({ state }) => state === 'fails')).toEqual([]);
    expect({ code, healthy }).toEqual({ code: 0, healthy: true });
    expect(of('servers')).toMatchObject([
      { server: 'old', state: 'ok', details: { era: 'legacy', path: process.execPath } },
      { server: 'young', state: 'ok', details: { era: 'modern' } },
    ]);
    expect(of('servers')[0]?.message).toMatch(/^legacy, \d+ tools, about \d+ tokens, started in \d/);
    expect(of('node')[0]?.message).toContain(process.version.slice(1));
    expect(of('tools')[0]?.message).toMatch(/^\d+ tools in all \(Cursor takes 40, VS Code takes 128\)$/);
    expect(of('tools')[1]?.message).toContain('if a client loads all up front (an estimate)');
  });

  test('has its log looked at, and not changed', async () => {
    home.writeConfig({ mcpServers: { old: legacyServer('old') } });
    expect((await examine(['--no-start'])).of('database')[0]?.message).toMatch(/is made with the first call$/);
    await home.run(['call', 'old.echo', 'm=x']);
    const { of } = await examine(['--no-start']);
    expect(of('database')[0]).toMatchObject({ state: 'ok', details: { path: join(home.stateDir, 'calls.db') } });
    expect(of('state')[0]).toMatchObject({ state: 'ok', details: { path: home.stateDir } });
  });
});

describe('what is wrong is said, with what mends it', () => {
  test('a server that needs a variable, whose command is missing, or that does not start', async () => {
    home.writeConfig({
      mcpServers: {
        needs: { command: process.execPath, env: { T: '${MISSING_TOKEN}' } },
        uv: { command: 'uvx', args: ['server==1.0'] },
        gone: { command: '/no/such/program' },
        ends: legacyServer('ends', { evil: 'exit-start:3' }),
        off: { command: 'nothing-at-all', disabled: true },
      },
    });
    const { code, of } = await examine([], { env: { PATH: home.work } });
    expect(code).toBe(5);
    expect(of('servers').map(({ server, state, message }) => [server, state, message])).toEqual([
      ['needs', 'fails', 'needs MISSING_TOKEN: not set here, so it is not started'],
      ['uv', 'fails', 'uvx is not on PATH'],
      ['gone', 'fails', '/no/such/program is not there, or cannot be run'],
      ['ends', 'fails', expect.stringContaining('the moon is in the wrong phase')],
      ['off', 'ok', 'disabled'],
    ]);
    expect(of('servers').map(({ fix }) => fix)).toEqual([
      expect.stringContaining('export MISSING_TOKEN='),
      expect.stringContaining('install uv'),
      'mcp-hub add --force gone -- /path/to/command',
      expect.stringContaining('mcp-hub add --force ends'),
      undefined,
    ]);
  });

  test('nothing is started with --no-start', async () => {
    home.writeConfig({ mcpServers: { ends: legacyServer('ends', { evil: 'exit-start:3' }) } });
    const { code, of } = await examine(['--no-start']);
    expect(code).toBe(0);
    expect(of('servers')[0]).toMatchObject({ state: 'ok', message: `found: ${process.execPath}` });
  });

  test('a package without a version is a warning, and no reason for another exit code', async () => {
    home.writeConfig({ mcpServers: { a: { command: 'npx', args: ['-y', 'server@latest'] }, b: { command: 'b' } } });
    const { of } = await examine(['--no-start']);
    expect(of('pins')).toMatchObject([{ server: 'a', state: 'warning', details: { package: 'server@latest' } }]);
    expect(of('pins')[0]?.fix).toContain('npm view server version');
  });

  test('a name that was shortened, and more tools than clients take', async () => {
    home.writeConfig({
      mcpServers: { a: legacyServer('a', { evil: 'long-names' }), b: legacyServer('b', { evil: 'many-tools:120' }) },
    });
    const { code, of } = await examine();
    expect(of('names').some(({ message }) => / is offered as a__/.test(message))).toBe(true);
    expect(of('tools')[0]).toMatchObject({ state: 'warning' });
    expect(of('tools')[0]?.message).toMatch(/more than Cursor takes \(40\)/);
    expect(code).toBe(0);
  });

  test('a configuration that is broken, with its place; everything else is checked all the same', async () => {
    home.writeConfig('{ "mcpServers": { "a": ');
    const { code, of } = await examine();
    expect(code).toBe(5);
    expect(of('configuration')[0]).toMatchObject({ state: 'fails', fix: 'mcp-hub config edit' });
    expect(of('configuration')[0]?.message).toMatch(/config\.json:1:\d+: /);
    expect(of('node')).toHaveLength(1);
    expect(of('state')).toHaveLength(1);
  });

  test('no configuration at all', async () => {
    const { code, of } = await examine();
    expect(code).toBe(0);
    expect(of('configuration')).toMatchObject([{ state: 'warning', fix: 'mcp-hub add NAME -- COMMAND' }]);
  });

  test.skipIf(process.platform === 'win32')('files that other users can read', async () => {
    home.writeConfig({ mcpServers: { a: { command: 'a', env: { TOKEN: 'in-the-clear' } } } });
    chmodSync(home.configFile, 0o644);
    mkdirSync(home.stateDir, { mode: 0o755 });
    const { of, checks } = await examine(['--no-start']);
    expect(of('configuration').at(-1)).toMatchObject({ state: 'warning', fix: `chmod 600 ${home.configFile}` });
    expect(of('state')).toMatchObject([{ state: 'warning', fix: `chmod 700 ${home.stateDir}` }]);
    expect(JSON.stringify(checks)).not.toContain('in-the-clear');
  });

  test('a state directory that is a file', async () => {
    writeFileSync(home.stateDir, '');
    const { code, of } = await examine(['--no-start']);
    expect(code).toBe(5);
    expect(of('state')).toMatchObject([{ state: 'fails' }]);
    expect(of('state')[0]?.message).toContain('is no directory');
  });

  test('a log that is no database, one that was damaged before, and one of a newer program', async () => {
    mkdirSync(home.stateDir, { mode: 0o700 });
    const path = join(home.stateDir, 'calls.db');
    writeFileSync(
      path,
      'this is not a database at all, and it is long enough to be taken for one by its size'.repeat(20),
    );
    writeFileSync(`${path}.corrupt-20261126T120000Z-1`, '');
    const damaged = await examine(['--no-start']);
    expect(damaged.code).toBe(5);
    expect(damaged.of('database')).toMatchObject([
      { state: 'fails', fix: `mv ${path} ${path}.damaged` },
      { state: 'warning', message: 'a damaged log was kept as calls.db.corrupt-20261126T120000Z-1' },
    ]);
    writeFileSync(path, '');
    const database = new Database(path);
    database.pragma('user_version = 999');
    database.close();
    const newer = await examine(['--no-start']);
    expect(newer.of('database')[0]).toMatchObject({ state: 'fails', details: { schema: 999 } });
  });

  test('a project that nobody trusts', async () => {
    writeFileSync(join(home.work, '.mcp-hub.json'), '{"mcpServers":{"a":{"command":"npx"}}}');
    expect((await examine()).of('configuration')).toMatchObject([{ state: 'warning', fix: 'mcp-hub trust' }]);
  });

  test('clients that do not have the hub, as long as none has it, and files of clients that are broken', async () => {
    // No program of a client is on this PATH.
    const options = { env: { PATH: home.work } };
    const clients = async () => (await examine(['--no-start'], options)).of('clients');
    expect(await clients()).toMatchObject([
      { state: 'ok', message: expect.stringMatching(/^no client is found here/) },
    ]);
    mkdirSync(home.file('.cursor'));
    mkdirSync(home.file('.gemini'));
    writeFileSync(home.file('.gemini/settings.json'), '{ "mcpServers": ');
    const before = await clients();
    expect(before).toMatchObject([
      { state: 'warning', fix: 'mcp-hub install cursor', details: { client: 'cursor' } },
      { state: 'warning', fix: 'correct ~/.gemini/settings.json', details: { client: 'gemini' } },
    ]);
    await home.run(['install', 'cursor'], options);
    writeFileSync(home.file('.gemini/settings.json'), '{}');
    expect(await clients()).toMatchObject([
      { state: 'ok', message: 'Cursor has the hub (~/.cursor/mcp.json)' },
      { state: 'ok', details: { client: 'gemini' } },
    ]);
  });

  test.skipIf(process.platform === 'win32')('an sqlite3 command that can damage the log', async () => {
    const tool = join(home.work, 'sqlite3');
    const answer = (version: string) =>
      writeFileSync(tool, `#!/bin/sh\necho "${version} 2024-01-01"\n`, { mode: 0o755 });
    answer('3.40.1');
    const { of } = await examine(['--no-start'], { env: { PATH: `${home.work}:/bin:/usr/bin` } });
    expect(of('sqlite3')).toMatchObject([{ state: 'warning', details: { version: '3.40.1', path: tool } }]);
    answer('3.51.3');
    const sound = await examine(['--no-start'], { env: { PATH: `${home.work}:/bin:/usr/bin` } });
    expect(sound.of('sqlite3')).toMatchObject([{ state: 'ok' }]);
  });
});

test('for a person every line has a state, and what is not well has a fix below it; lines fit the terminal', async () => {
  home.writeConfig({
    mcpServers: { ends: legacyServer('ends', { evil: 'exit-start:3' }), 'e\u001b[2J': { command: 'x' } },
  });
  const { code, stdout } = await home.run(['doctor'], { width: 80 });
  expect(code).toBe(5);
  expect(stdout).not.toContain('\u001b');
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('Program');
  expect(lines.filter((line) => /^ {2}(?:ok|warning|fails) {2,}\S/.test(line)).length).toBeGreaterThan(6);
  for (const [index, line] of lines.entries()) {
    if (!/^ {2}(?:warning|fails) /.test(line)) continue;
    const next = lines.findIndex((other, place) => place > index && /^ {2}\S|^$/.test(other));
    expect(lines.slice(index, next).join('\n'), line).toContain('fix: ');
  }
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d+ failed, .*\d+ ok$/);
});

test('a state has a colour only where a person reads it and wants colours', async () => {
  const colored = await home.run(['doctor', '--no-start'], { width: 80, env: { NO_COLOR: '' } });
  expect(colored.stdout).toContain('\u001b[32mok');
  expect((await home.run(['doctor', '--no-start'], { env: { NO_COLOR: '' } })).stdout).not.toContain('\u001b');
});

test('every check has a name of its own', () => {
  expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
});
