// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, createCliHome } from './support/cli-home.ts';

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
});
afterEach(() => home.remove());

const text = () => readFileSync(home.configFile, 'utf8');

/** Runs the command that a verb has printed as the way back, as a shell would. */
const undo = async (stdout: string): Promise<void> => {
  const command = /^ {2}undo {2}mcp-hub (.*)$/m.exec(stdout)?.[1] ?? '';
  const [words = '', file] = command.split(' < ');
  const args = [...words.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll("'\\''", "'"),
  );
  const input = file === undefined ? '' : readFileSync(file.replace('~', home.dir), 'utf8');
  const { code, stderr } = await home.run([args[0] ?? '', '--no-check', ...args.slice(1)].filter(fits(args)), {
    input,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
};

/** Only the verbs that add know `--no-check`. */
const fits = (args: readonly string[]) => (word: string) =>
  word !== '--no-check' || args[0]?.startsWith('add') === true;

const COMMENTED = `{
  // my servers
  "mcpServers": {
    "github": { "command": "npx", "args": ["-y", "gh"], "x-own": [1, 2] }, // keep me
    "files": { "command": "files" }
  },
  "other": true
}
`;

describe('edits', () => {
  test('keep comments and unknown keys, and name the file and the way back', async () => {
    home.writeConfig(COMMENTED);
    const added = await home.run(['add', '--no-check', 'new', 'npx', 'srv']);
    expect(added.stdout).toBe(
      [
        '+ new  stdio  npx srv',
        '  wrote ~/config/mcp-hub/config.json',
        '  undo  mcp-hub remove new',
        '  next  mcp-hub list --check',
        '',
      ].join('\n'),
    );
    expect(text()).toContain('// my servers');
    expect(text()).toContain('// keep me');
    expect(text()).toContain('"x-own": [1, 2]');
    await undo(added.stdout);
    expect(text()).toBe(COMMENTED);
  });

  test('a removed server comes back by the command that is printed', async () => {
    home.writeConfig(COMMENTED);
    const { stdout } = await home.run(['rm', 'github', 'files']);
    await expect(home.json(['list', '--json'])).resolves.toMatchObject({ servers: [] });
    expect(stdout).toContain('removed github\nremoved files\n');
    await undo(stdout);
    await expect(home.json(['get', 'github', '--json'])).resolves.toMatchObject({
      entry: { command: 'npx', args: ['-y', 'gh'], 'x-own': [1, 2] },
    });
  });

  test('a removed server with secrets comes back from a file, and none is printed', async () => {
    const server = { command: 'npx', args: ['--api-key', 's3cret'], env: { TOKEN: 'hush' } };
    const hub = { servers: { web: { tools: { exclude: ['delete_*'] } } } };
    home.writeConfig({ mcpServers: { web: server }, hub });
    const { stdout } = await home.run(['remove', 'web']);
    expect(stdout).not.toMatch(/s3cret|hush/);
    expect(home.readConfig()).toEqual({ mcpServers: {}, hub: { servers: {} } });
    await undo(stdout);
    expect(home.readConfig()).toEqual({ mcpServers: { web: server }, hub });
  });

  test('a server that was replaced comes back by the command that is printed', async () => {
    home.writeConfig({ mcpServers: { web: { command: 'old' } } });
    const { stdout } = await home.run(['add', '--force', '--no-check', 'web', 'https://x.dev/mcp']);
    expect(home.readConfig()).toEqual({ mcpServers: { web: { type: 'http', url: 'https://x.dev/mcp' } } });
    await undo(stdout);
    expect(home.readConfig()).toEqual({ mcpServers: { web: { command: 'old' } } });
  });

  test('one unknown name stops the whole edit', async () => {
    home.writeConfig(COMMENTED);
    const { code, stderr } = await home.run(['remove', 'files', 'githb']);
    expect(code).toBe(4);
    expect(stderr).toBe('error: no server "githb": it is not in the configuration\n  hint: did you mean "github"?\n');
    expect(text()).toBe(COMMENTED);
  });

  test('a file with a syntax error is not touched', async () => {
    home.writeConfig('{ "mcpServers": { "a": } }');
    const { code, stderr } = await home.run(['add', '--no-check', 'b', 'npx']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/config\.json:1:\d+: /);
    expect(text()).toBe('{ "mcpServers": { "a": } }');
  });
});

describe('add', () => {
  test('does not replace a server that is there', async () => {
    home.writeConfig({ mcpServers: { web: { command: 'old' } } });
    const { code, stderr } = await home.run(['add', '--no-check', 'web', 'new']);
    expect(code).toBe(1);
    expect(stderr).toContain('error: cannot add "web": there is a server of that name already\n');
    expect(home.readConfig()).toEqual({ mcpServers: { web: { command: 'old' } } });
  });

  test('writes nothing on a dry run, and shows no secret', async () => {
    const args = ['add', '--dry-run', 'x', '-e', 'TOKEN=hush', '--', 'npx', '--api-key', 's3cret'];
    const { code, stdout } = await home.run(args);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '+ x  stdio  npx --api-key ***\n  would write ~/config/mcp-hub/config.json; nothing was written\n',
    });
    expect(existsSync(home.configFile)).toBe(false);
  });

  test('says that a URL that ends in /sse is taken for sse', async () => {
    const { stderr } = await home.run(['add', '--no-check', 'x', 'https://x.dev/sse']);
    expect(stderr).toBe('note: the URL ends in /sse, so its type is sse; if that is wrong: --transport http\n');
    expect(home.readConfig()['mcpServers']).toEqual({ x: { type: 'sse', url: 'https://x.dev/sse' } });
  });

  test('does not try a server that lacks a variable, and says which', async () => {
    const { code, stdout } = await home.run(['add', '-e', 'GITHUB_TOKEN', 'gh', '--', 'npx', '-y', 'gh']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      '  saved, and not started: it needs GITHUB_TOKEN; set GITHUB_TOKEN where the hub is started',
    );
    expect(home.readConfig()['mcpServers']).toMatchObject({ gh: { env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } } });
  });

  test('with --json prints one object without secrets', async () => {
    const result = await home.json(['add', '--no-check', '--json', 'x', '-e', 'TOKEN=hush', '--', 'npx', '-y', 'srv']);
    expect(result).toEqual({
      schemaVersion: 1,
      added: [{ name: 'x', entry: { command: 'npx', args: ['-y', 'srv'], env: { TOKEN: '***' } } }],
      source: { scope: 'user', path: home.configFile },
      isDryRun: false,
      undo: 'mcp-hub remove x',
    });
  });

  test('into a project says that the file is read only when it is named', async () => {
    const { stdout } = await home.run(['add', '-s', 'project', '--no-check', 'x', 'npx']);
    const file = join(home.work, '.mcp-hub.json');
    expect(existsSync(file)).toBe(true);
    expect(stdout).toContain('  next  mcp-hub list --check\n');
    await undo(stdout);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ mcpServers: {} });
  });

  test('writes into the file that --config or MCP_HUB_CONFIG names', async () => {
    const byOption = await home.run(['add', '--config', 'a.json', '--no-check', 'x', 'npx']);
    expect(byOption.stdout).toContain('  wrote ~/work/a.json\n');
    expect(byOption.stdout).toContain(`  undo  mcp-hub remove --config ${join(home.work, 'a.json')} x\n`);
    const file = join(home.work, 'b.json');
    await home.run(['add', '--no-check', 'y', 'npx'], { env: { MCP_HUB_CONFIG: file } });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ mcpServers: { y: { command: 'npx' } } });
    expect(existsSync(home.configFile)).toBe(false);
  });
});

describe('add-json', () => {
  test.each([
    ['{"a":', 'the input cannot be read (line 1, column '],
    ['[1]', 'the input is no JSON object'],
    ['{}', 'there is no server in the input'],
    ['', 'there is no JSON: the input is empty'],
    ['{"command":"npx"}', 'the server in the input has no name'],
    ['./block.json', '"./block.json" is not JSON\n  hint: for a file: mcp-hub add-json < FILE\n'],
  ])('refuses %j in one sentence', async (json, message) => {
    const { code, stderr } = await home.run(['add-json', json]);
    expect({ code, isSaid: stderr.startsWith(`error: ${message}`) }).toEqual({ code: 2, isSaid: true });
  });

  test('gives one name to one server only', async () => {
    const block = '{"mcpServers":{"a":{"command":"x"},"b":{"command":"y"}}}';
    const { code, stderr } = await home.run(['add-json', 'one', block]);
    expect(code).toBe(2);
    expect(stderr).toContain('the input holds 2 servers, and "one" can only name one');
  });

  test('stores a pasted block as it is, with names that the hub makes fit', async () => {
    const block = { mcpServers: { 'My Server': { url: 'https://x.dev/mcp', serverUrl: 'kept' } } };
    expect((await home.run(['add-json', '--no-check', JSON.stringify(block)])).code).toBe(0);
    expect(home.readConfig()['mcpServers']).toEqual(block.mcpServers);
  });

  test('stores references of other clients as the hub reads them, and says so', async () => {
    const block = {
      mcp: {
        oc: { type: 'local', command: ['npx', 'x'], environment: { KEY: '{env:OC_KEY}' } },
        gem: { url: 'https://x.dev/mcp', headers: { Authorization: 'Bearer $GEM_KEY' } },
      },
    };
    const { stderr } = await home.run(['add-json', '--no-check', JSON.stringify(block)]);
    expect(stderr).toBe('note: oc: {env:OC_KEY} is stored as ${OC_KEY}\nnote: gem: $GEM_KEY is stored as ${GEM_KEY}\n');
    expect(await home.json(['list', '--json'])).toMatchObject({
      servers: [
        { name: 'oc', missingVariables: ['OC_KEY'] },
        { name: 'gem', missingVariables: ['GEM_KEY'] },
      ],
    });
  });
});

describe('enable and disable', () => {
  test('switch a server', async () => {
    home.writeConfig({ mcpServers: { web: { command: 'x' } } });
    const { stdout } = await home.run(['disable', 'web']);
    expect(home.readConfig()).toEqual({ mcpServers: { web: { command: 'x', disabled: true } } });
    await undo(stdout);
    expect(home.readConfig()).toEqual({ mcpServers: { web: { command: 'x' } } });
  });

  test('switch the tools of a server by a glob, and leave nothing empty behind', async () => {
    home.writeConfig({ mcpServers: { 'a.b': { command: 'x' } } });
    const { stdout } = await home.run(['disable', 'a.b.delete_*']);
    expect(home.readConfig()['hub']).toEqual({ servers: { 'a.b': { tools: { exclude: ['delete_*'] } } } });
    await undo(stdout);
    expect(JSON.stringify(home.readConfig())).not.toContain('a.b.delete');
    expect((home.readConfig()['hub'] as { servers?: object }).servers ?? {}).toEqual({});
  });

  test('say what is excluded when a glob cannot be enabled', async () => {
    home.writeConfig({
      mcpServers: { web: { command: 'x' } },
      hub: { servers: { web: { tools: { exclude: ['a*'] } } } },
    });
    const { code, stderr } = await home.run(['enable', 'web.abc']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'error: "abc" of "web" cannot be enabled: what it excludes is a*\n  hint: look at it: mcp-hub get web\n',
    );
  });
});

test('what is as it should be already is not written again', async () => {
  home.writeConfig({ mcpServers: { web: { command: 'x', disabled: true }, on: { command: 'y' } } });
  const before = text();
  expect((await home.run(['disable', 'web'])).stdout).toBe('nothing to do: it is disabled already\n');
  expect(text()).toBe(before);
  expect((await home.run(['disable', 'web', 'on'])).stdout).toContain('  undo  mcp-hub enable on\n');
});
