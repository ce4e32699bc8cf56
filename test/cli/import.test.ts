// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { placeClientFile } from '../e2e/support/client-files.ts';
import { type CliHome, createCliHome } from './support/cli-home.ts';

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
});
afterEach(() => home.remove());

const put = (path: string, content: object | string): string => {
  const file = home.file(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};
const CURSOR = '.cursor/mcp.json';
const DESKTOP = 'config/Claude/claude_desktop_config.json';
const servers = () => home.readConfig()['mcpServers'] as Record<string, Record<string, unknown>>;

describe('import', () => {
  test('shows what it would do where nobody can be asked, writes nothing, and exits 2', async () => {
    put(CURSOR, { mcpServers: { web: { url: 'https://x.dev/mcp' } } });
    const { code, stdout, stderr } = await home.run(['import']);
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout:
        '+ web  http  https://x.dev/mcp  Cursor\n  would write 1 server into ~/config/mcp-hub/config.json; nothing was written\n',
    });
    expect(stderr).toBe('error: nothing was imported: there is nobody to ask which\n  hint: all of them: --all\n');
    expect(home.readConfig()).toEqual({});
  });

  test('names the file, the way back and what comes next', async () => {
    put(CURSOR, { mcpServers: { web: { url: 'https://x.dev/mcp' } } });
    const { code, stdout } = await home.run(['import', '--all']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: [
        '+ web  http  https://x.dev/mcp  Cursor',
        '  wrote ~/config/mcp-hub/config.json',
        '  undo  mcp-hub remove web',
        '  next  mcp-hub install cursor --replace-servers',
        '',
      ].join('\n'),
    });
  });

  test('writes nothing on a dry run', async () => {
    placeClientFile(home, 'codex');
    const { code, stdout } = await home.run(['import', 'codex', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('would write 3 servers');
    expect(home.readConfig()).toEqual({});
  });

  test('tells of secrets in clear without showing them', async () => {
    placeClientFile(home, 'claude-desktop');
    const { stdout } = await home.run(['import', '--all']);
    expect(stdout).toContain('2 secrets in clear: github (GITHUB_PERSONAL_ACCESS_TOKEN), postgres (DATABASE_URI)');
    expect(stdout).not.toMatch(/ghp_|hunter2/);
    expect(servers()['github']).toMatchObject({
      env: { GITHUB_PERSONAL_ACCESS_TOKEN: expect.stringMatching(/^ghp_/) },
    });
  });

  test('reads the words of each client', async () => {
    for (const client of ['codex', 'opencode', 'gemini', 'zed', 'cline', 'windsurf', 'continue'])
      placeClientFile(home, client);
    await home.run(['import', '--all']);
    expect(servers()).toMatchObject({
      jira: { command: 'uvx', env: { JIRA_API_TOKEN: '${JIRA_API_TOKEN}' }, disabled: true },
      docs: {
        type: 'http',
        headers: { Authorization: 'Bearer ${DOCS_TOKEN}', 'X-Region': 'eu', 'X-Team': '${DOCS_TEAM}' },
      },
      weather: {
        command: 'bun',
        args: ['x', 'weather-mcp'],
        env: { WEATHER_KEY: '${WEATHER_KEY}', CITIES: '${file:~/cities.txt}' },
      },
      stripe: {
        type: 'http',
        url: 'https://mcp.stripe.com',
        headers: { Authorization: 'Bearer ${STRIPE_KEY}' },
        disabled: true,
      },
      search: { type: 'http', headers: { Authorization: 'Bearer ${SEARCH_TOKEN}', 'X-Org': 'org-${ORG_ID}-eu' } },
      'old-style': { command: '/opt/tools/old-mcp', args: ['--stdio'], env: { MODE: 'fast' } },
      crm: { type: 'http', disabled: true },
      figma: { type: 'http', url: 'https://mcp.figma.com/mcp', headers: { Authorization: 'Bearer ${FIGMA_TOKEN}' } },
      sqlite: { command: 'npx', env: { LOG: 'yes' } },
    });
    expect(home.readConfig()['hub']).toMatchObject({
      servers: {
        docs: { tools: { include: ['search', 'read_page'] }, timeouts: { callMs: 90_500 } },
        'local-tools': { tools: { include: ['read_*'], exclude: ['drop_table'] } },
        weather: { timeouts: { startMs: 20_000 } },
      },
    });
  });

  test('keeps what VS Code asks for, and tells apart what is asked under one id', async () => {
    placeClientFile(home, 'vscode');
    const other = { type: 'promptString', id: 'perplexity-key', description: 'Another' };
    put('work/.vscode/mcp.json', {
      inputs: [other],
      servers: { other: { command: 'o', env: { K: '${input:perplexity-key}' } } },
    });
    await home.run(['import', 'vscode', '--all']);
    expect(home.readConfig()['inputs']).toMatchObject([
      { id: 'perplexity-key', description: 'Perplexity API Key', password: true },
      { id: 'perplexity-key-2', description: 'Another' },
    ]);
    expect(servers()).toMatchObject({
      perplexity: { env: { PERPLEXITY_API_KEY: '${input:perplexity-key}' } },
      context7: { command: 'npx' },
      other: { env: { K: '${input:perplexity-key-2}' } },
    });
    expect((await home.json(['list', '--json']))['servers']).toMatchObject([
      { name: 'perplexity', missingVariables: ['MCP_HUB_INPUT_PERPLEXITY_KEY'] },
      {},
      {},
      {},
    ]);
  });

  test('merges equal servers of several clients, and tells apart different ones of one name', async () => {
    const gh = { command: 'npx', args: ['-y', 'gh'] };
    put(DESKTOP, { mcpServers: { gh } });
    put(CURSOR, { mcpServers: { gh: { ...gh, type: 'stdio' } } });
    put('.codeium/windsurf/mcp_config.json', { mcpServers: { gh: { command: 'other' } } });
    const { stdout, stderr } = await home.run(['import', '--all']);
    expect(stdout).toMatch(/^\+ gh +stdio +npx -y gh +Claude Desktop, Cursor$/m);
    expect(stdout).toMatch(/^\+ gh-windsurf +stdio +other +Windsurf$/m);
    expect(stderr).toBe(
      'note: "gh" of Windsurf is another server than the first of that name; it is called gh-windsurf\n',
    );
  });

  test('leaves a server of the hub that differs alone, unless it is to be replaced', async () => {
    home.writeConfig({ mcpServers: { web: { command: 'mine' }, same: { command: 's', args: [] } } });
    put(CURSOR, { mcpServers: { web: { command: 'theirs' }, same: { command: 's' } } });
    const { stdout } = await home.run(['import', '--all']);
    expect(stdout).toBe(
      '! web   stdio  theirs  Cursor; differs from yours, which --replace would replace\n' +
        '= same  stdio  s       Cursor; is there already\nnothing to import\n',
    );
    expect(servers()['web']).toEqual({ command: 'mine' });
    const replaced = await home.run(['import', '--all', '--replace']);
    expect(servers()['web']).toEqual({ command: 'theirs', args: [] });
    expect(replaced.stdout).toContain('  undo  mcp-hub add-json --force ');
  });

  test('never imports the hub itself', async () => {
    put(CURSOR, {
      mcpServers: {
        hub: { command: '/usr/bin/node', args: ['/opt/mcp-hub/bin/mcp-hub.js', 'serve'] },
        'my-tools': { command: 'cmd', args: ['/c', 'C:\\npm\\mcp-hub.cmd', '--config', 'x', 'serve'] },
        'mcp-hub': { url: 'http://127.0.0.1:7420/mcp' },
      },
    });
    expect((await home.run(['import', '--all'])).stdout).toBe('nothing to import: only the hub itself is registered\n');
  });

  test('reads a server of one project where it belongs', async () => {
    const project = { command: './tools/db', args: ['${workspaceFolder}/x'] };
    put('.claude.json', { projects: { '/home/ada/shop': { mcpServers: { db: project } } } });
    const { stdout } = await home.run(['import', 'claude', '--all']);
    expect(stdout).toContain('Claude Code (/home/ada/shop)');
    expect(servers()['db']).toEqual({ command: './tools/db', args: ['/home/ada/shop/x'], cwd: '/home/ada/shop' });
  });

  test('takes nothing from files of this folder unless their client is named', async () => {
    put('work/.mcp.json', { mcpServers: { evil: { command: 'curl' } } });
    const { stdout, stderr } = await home.run(['import', '--all']);
    expect(stdout).toContain('nothing to import\n');
    expect(stderr).toBe('note: 1 server of files in this folder left out; to have them, name the client\n');
    await home.run(['import', 'claude-code', '--all']);
    expect(Object.keys(servers())).toEqual(['evil']);
  });

  test('reads a file, and standard input, of any client', async () => {
    const toml = put('work/c.toml', '[mcp_servers.a]\ncommand = "x"\n');
    await home.run(['import', toml, '--all']);
    await home.run(['import', '-', '--all'], { input: '{"servers":{"b":{"url":"https://b.dev/mcp"}}}' });
    await home.run(['import', '-', '--all'], { input: '[mcp_servers.c]\ncommand = "x3"\n' });
    expect(Object.keys(servers())).toEqual(['a', 'b', 'c']);
  });

  test('tells which server cannot be imported, and imports the others', async () => {
    put(CURSOR, { mcpServers: { broken: { args: [] }, good: { command: 'g' } } });
    const { code, stderr } = await home.run(['import', '--all']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'note: "broken" of Cursor is not imported: it has neither "command" nor "url"\n',
    });
    expect(Object.keys(servers())).toEqual(['good']);
  });

  test('goes on after a file that cannot be read, unless it was named', async () => {
    put(CURSOR, '{ "mcpServers": { "a": } }');
    put(DESKTOP, { mcpServers: { b: { command: 'b' } } });
    const all = await home.run(['import', '--all']);
    expect(all.code).toBe(0);
    expect(all.stderr).toMatch(/^note: cannot read .*\.cursor\/mcp\.json:1:\d+: .*; the other files were read$/m);
    const named = await home.run(['import', 'cursor', '--all']);
    expect(named.code).toBe(3);
    expect(named.stderr).toMatch(
      /^error: cannot read .*\.cursor\/mcp\.json:1:\d+: a value is expected here\n {2}hint: /,
    );
  });

  test('with --json prints one object without secrets', async () => {
    put(CURSOR, { mcpServers: { web: { command: 'x', env: { TOKEN: 'hush' } } } });
    expect(await home.json(['import', '--all', '--json'])).toEqual({
      schemaVersion: 1,
      servers: [
        {
          name: 'web',
          state: 'new',
          entry: { command: 'x', args: [], env: { TOKEN: '***' } },
          sources: [{ client: 'cursor', path: home.file(CURSOR), name: 'web' }],
        },
      ],
      imported: ['web'],
      source: { scope: 'user', path: home.configFile },
      isDryRun: false,
      notes: [],
      undo: 'mcp-hub remove web',
    });
  });

  test.each([
    [['import', 'cursr'], 2, 'error: "cursr" is neither a client nor a file\n  hint: did you mean "cursor"?\n'],
    [
      ['import', 'nothing.json'],
      2,
      'error: "nothing.json" is neither a client nor a file\n  hint: run: mcp-hub clients\n',
    ],
    [['import', 'zed'], 4, 'error: Zed is not here: there is nothing at ~/config/zed/settings.json, '],
    [['import', 'empty.json'], 3, 'error: cannot import from '],
    [['import', '-'], 3, 'error: cannot import from the input: it holds no servers\n  hint: expected is '],
    [['import', '.'], 3, 'error: cannot read '],
  ])('refuses %j', async (args, exitCode, message) => {
    put('work/empty.json', '{}');
    const { code, stderr } = await home.run(args);
    expect({ code, said: stderr.slice(0, message.length) }).toEqual({ code: exitCode, said: message });
    expect(stderr.split('\n').filter((line) => line.startsWith('error')).length).toBe(1);
  });

  test('never changes a file of a client', async () => {
    const file = placeClientFile(home, 'cursor');
    const before = readFileSync(file);
    await home.run(['import', '--all']);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});
