import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { placeClientFile } from '../e2e/support/client-files.ts';
import { type CliHome, createCliHome } from './support/cli-home.ts';

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
});
afterEach(() => home.remove());

const put = (path: string, content: string): string => {
  const file = home.file(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const read = (file: string): string => readFileSync(file, 'utf8');
const CURSOR = '.cursor/mcp.json';
const HUB = /"hub": \{\s+"command": "\/[^"]+",\s+"args": \["\/[^"]+bin\/mcp-hub\.js", "serve"\]/;

describe('install', () => {
  test('shows the difference, and names the file, the copy, what comes next and the way back', async () => {
    const file = put(CURSOR, '{\n  "mcpServers": {}\n}\n');
    const { code, stdout } = await home.run(['install', 'cursor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^--- ~\/\.cursor\/mcp\.json\n\+\+\+ ~\/\.cursor\/mcp\.json\n@@ /);
    expect(stdout).toContain('+    "hub": {\n');
    expect(stdout).toMatch(
      /\+ hub {3}Cursor\n {2}wrote ~\/\.cursor\/mcp\.json\n {2}backup ~\/state\/clients\/cursor-\w+\/before\.json\n/,
    );
    expect(stdout).toMatch(/ {2}next {2}switch the server off and on .*\n {2}undo {2}mcp-hub uninstall cursor\n$/);
    expect(read(file)).toMatch(HUB);
  });

  test('makes the file of a client that has none, and uninstall takes it away again', async () => {
    mkdirSync(home.file('.gemini'));
    expect((await home.run(['install', 'gemini'])).stdout).toContain('  made ~/.gemini/settings.json\n');
    const file = home.file('.gemini/settings.json');
    expect(read(file)).toMatch(HUB);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await home.run(['uninstall', 'gemini']);
    expect(existsSync(file)).toBe(false);
  });

  test('writes nothing on a dry run', async () => {
    const file = put(CURSOR, '{}');
    const { code, stdout } = await home.run(['install', 'cursor', '--dry-run']);
    expect({ code, text: read(file), hasState: existsSync(home.file('state/clients')) }).toEqual({
      code: 0,
      text: '{}',
      hasState: false,
    });
    expect(stdout).toContain('would write ~/.cursor/mcp.json; nothing was written');
  });

  test('follows a symbolic link, and keeps the permissions', async () => {
    const real = put('dotfiles/mcp.json', '{\n}\n');
    chmodSync(real, 0o640);
    mkdirSync(home.file('.cursor'));
    symlinkSync(real, home.file(CURSOR));
    await home.run(['install', 'cursor']);
    expect(lstatSync(home.file(CURSOR)).isSymbolicLink()).toBe(true);
    expect(read(real)).toMatch(HUB);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    await home.run(['uninstall', 'cursor']);
    expect(read(real)).toBe('{\n}\n');
  });

  test.each([
    ['line ends of Windows', '{\r\n  "mcpServers": {\r\n    "a": { "command": "x" }\r\n  }\r\n}\r\n'],
    ['tabs', '{\n\t"mcpServers": {\n\t\t"a": { "command": "x" }\n\t}\n}'],
    ['a byte order mark', '\uFEFF{ "mcpServers": {} }'],
    ['no servers', '{ "other": [1, 2, 3] } // end'],
    ['nothing at all', ''],
  ])('keeps %s, and uninstall gives back the same bytes', async (_what, text) => {
    const file = put(CURSOR, text);
    expect((await home.run(['install', 'cursor'])).code).toBe(0);
    const installed = read(file);
    expect(installed.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'));
    if (text.includes('\r\n')) expect(installed.replaceAll('\r\n', '')).not.toContain('\n');
    expect((await home.run(['uninstall', 'cursor'])).code).toBe(0);
    expect(read(file)).toBe(text);
  });

  test('registers again where it stands otherwise, and the way back is still to the first file', async () => {
    const before = '{\n  "mcpServers": {\n    "a": { "command": "x" }\n  }\n}\n';
    const file = put(CURSOR, before);
    await home.run(['install', 'cursor']);
    await home.run(['install', 'cursor'], { env: { MCP_HUB_CONFIG: home.file('other.json') } });
    expect(read(file)).toContain(`"--config", ${JSON.stringify(home.file('other.json'))}`);
    await home.run(['uninstall', 'cursor']);
    expect(read(file)).toBe(before);
  });

  test('takes the place of a hub that was registered by hand, whatever it is called', async () => {
    const file = put(
      CURSOR,
      '{ "mcpServers": { "my-hub": { "command": "node", "args": ["/old/mcp-hub.js", "serve"] } } }',
    );
    await home.run(['install', 'cursor']);
    expect(Object.keys((JSON.parse(read(file)) as { mcpServers: object }).mcpServers)).toEqual(['my-hub']);
    expect(read(file)).not.toContain('/old/');
    await home.run(['uninstall', 'cursor']);
    expect(JSON.parse(read(file))).toEqual({ mcpServers: {} });
  });

  test('keeps what the client changed meanwhile when it is taken back', async () => {
    const file = put(CURSOR, '{\n  "mcpServers": {\n    "a": { "command": "x" }\n  }\n}\n');
    await home.run(['install', 'cursor', '--replace-servers']);
    // Written anew by a program: other layout, another server, the hub at another place.
    const { mcpServers } = JSON.parse(read(file)) as { mcpServers: object };
    writeFileSync(
      file,
      JSON.stringify({ theme: 'dark', mcpServers: { fresh: { url: 'https://x.dev' }, ...mcpServers } }),
    );
    await home.run(['uninstall', 'cursor']);
    expect(JSON.parse(read(file))).toEqual({
      theme: 'dark',
      mcpServers: { fresh: { url: 'https://x.dev' }, a: { command: 'x' } },
    });
  });

  test('can be taken back without what was kept of it', async () => {
    const file = placeClientFile(home, 'codex');
    const before = read(file);
    await home.run(['install', 'codex']);
    rmSync(home.file('state/clients'), { recursive: true });
    await home.run(['uninstall', 'codex']);
    expect(read(file)).toBe(before);
  });

  test('moves servers behind the hub under names of their own, and those that cannot go stay', async () => {
    home.writeConfig({ mcpServers: { a: { command: 'mine' } } });
    const file = put(CURSOR, '{"mcpServers":{"a":{"command":"theirs"},"b":{"command":"b"},"odd":{"args":[]}}}');
    const { stdout, stderr } = await home.run(['install', 'cursor', '--replace-servers']);
    expect(home.readConfig()['mcpServers']).toEqual({
      a: { command: 'mine' },
      'a-cursor': { command: 'theirs', args: [] },
      b: { command: 'b', args: [] },
    });
    expect(Object.keys((JSON.parse(read(file)) as { mcpServers: object }).mcpServers)).toEqual(['odd', 'hub']);
    expect(stderr).toBe(
      'note: the hub has another server "a"; the one of Cursor is called a-cursor\n' +
        'note: "odd" stays in Cursor: it has neither "command" nor "url"\n',
    );
    expect(stdout).toContain('  undo  mcp-hub uninstall cursor && mcp-hub remove a-cursor b\n');
  });

  test('hands on the folders that were named by variables', async () => {
    const file = put(CURSOR, '{}');
    await home.run(['install', 'cursor']);
    expect(JSON.parse(read(file))).toMatchObject({
      mcpServers: { hub: { env: { MCP_HUB_STATE_DIR: home.stateDir } } },
    });
  });

  test('writes the file of the project on request', async () => {
    const { code, stdout } = await home.run(['install', 'cursor', '--project']);
    expect(code).toBe(0);
    expect(stdout).toContain('it holds paths of this machine: keep it out of version control');
    expect(stdout).toContain('  undo  mcp-hub uninstall cursor --project\n');
    expect(existsSync(home.file('work/.cursor/mcp.json'))).toBe(true);
    await home.run(['uninstall', 'cursor', '--project']);
    expect(existsSync(home.file('work/.cursor/mcp.json'))).toBe(false);
  });

  test('changes all clients or none', async () => {
    const good = put(CURSOR, '{}');
    put('.gemini/settings.json', '{ "a": }');
    const { code, stderr } = await home.run(['install', 'cursor', 'gemini']);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: cannot read .*settings\.json:1:8: a value is expected here\n {2}hint: correct the file first; nothing was changed\n$/,
    );
    expect(read(good)).toBe('{}');
  });

  test('changes nothing where no copy of the old file can be kept', async () => {
    const good = put(CURSOR, '{}');
    // A file in the place of the folder.
    put('state/clients', '');
    const { code, stderr } = await home.run(['install', 'cursor']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: cannot keep a backup in .*, so nothing was changed\n/m);
    expect(read(good)).toBe('{}');
  });

  test('never takes a file away because the copy of it was lost', async () => {
    const file = put(CURSOR, '{\n  "keep": 1\n}\n');
    await home.run(['install', 'cursor']);
    const [folder = ''] = readdirSync(home.file('state/clients'));
    rmSync(home.file(`state/clients/${folder}/before.json`));
    await home.run(['uninstall', 'cursor']);
    expect(JSON.parse(read(file))).toMatchObject({ keep: 1 });
    expect(read(file)).not.toContain('mcp-hub');
  });

  test('with --json prints one object', async () => {
    const path = put(CURSOR, '{ "mcpServers": { "a": { "command": "x" } } }');
    const result = await home.json(['install', 'cursor', '--json']);
    expect(result).toMatchObject({
      schemaVersion: 1,
      installed: [{ client: 'cursor', name: 'hub', path, isChanged: true, isNew: false, moved: [], kept: ['a'] }],
      isDryRun: false,
      undo: 'mcp-hub uninstall cursor',
    });
    expect(await home.json(['clients', '--json'])).toMatchObject({
      clients: expect.arrayContaining([expect.objectContaining({ id: 'cursor', state: 'registered', servers: 1 })]),
    });
    expect(await home.json(['uninstall', 'cursor', '--json'])).toEqual({
      schemaVersion: 1,
      uninstalled: [{ client: 'cursor', path, isFileRemoved: false, givenBack: [] }],
      isDryRun: false,
      undo: 'mcp-hub install cursor',
    });
  });

  test.each([
    [['install'], 2, 'error: no client is named\n  hint: name one, or all that are here: mcp-hub install --all\n'],
    [['install', 'emacs'], 2, 'error: no client "emacs" is known\n  hint: known are: claude-desktop, claude-code, '],
    [['install', 'curser'], 2, 'error: no client "curser" is known\n  hint: did you mean "cursor"?\n'],
    [['install', 'zed'], 4, 'error: Zed is not here: there is nothing at ~/config/zed/settings.json, '],
    [
      ['install', 'windsurf', '--project'],
      2,
      'error: Windsurf has no files of projects\n  hint: leave out --project: ',
    ],
    [['install', 'cursor', '--name', 'my hub'], 2, 'error: "my hub" cannot be the name of a server: '],
    [
      ['install', 'cline', '--force'],
      1,
      'error: cannot register the hub in Cline: it has another server "hub"\n  hint: give the hub another name: mcp-hub install cline --name my-hub\n',
    ],
    [['uninstall'], 2, 'error: no client is named\n  hint: the hub is registered in none: mcp-hub clients\n'],
    [['uninstall', 'emacs'], 2, 'error: no client "emacs" is known\n'],
    [['uninstall', 'codex'], 3, 'error: cannot read '],
    [['install', 'codex', '--replace-servers'], 3, 'error: cannot read '],
  ])('%j is refused in one sentence, and nothing is written', async (args, exitCode, message) => {
    const cline = put('.cline/data/settings/cline_mcp_settings.json', '{"mcpServers":{"hub":{"command":"theirs"}}}');
    const codex = put('.codex/config.toml', 'a = \n');
    const { code, stderr } = await home.run(args);
    expect({ code, said: stderr.slice(0, message.length) }).toEqual({ code: exitCode, said: message });
    expect([read(cline), read(codex)]).toEqual(['{"mcpServers":{"hub":{"command":"theirs"}}}', 'a = \n']);
  });

  test('a client without the hub has nothing to take back', async () => {
    put(CURSOR, '{}');
    const { code, stdout } = await home.run(['uninstall', 'cursor', 'zed']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'nothing to do: the hub is not registered in Cursor\nnothing to do: the hub is not registered in Zed\n',
    });
  });
});

describe('clients', () => {
  test('are listed with their files, their servers and the hub', async () => {
    placeClientFile(home, 'zed');
    put('.codex/config.toml', 'a = \n');
    put(CURSOR, '{}');
    await home.run(['install', 'cursor']);
    expect((await home.run(['clients'])).stdout).toMatch(
      new RegExp(
        [
          'CLIENT  HUB         SERVERS  FILE',
          'cursor  registered  0        ~/.cursor/mcp.json',
          'codex   unreadable  -        ~/.codex/config.toml',
          'zed     no          4        ~/config/zed/settings.json',
          '  cannot read .*/config\\.toml:\\d+:\\d+: .*',
          'not found: claude-desktop, claude-code, vscode, windsurf, gemini, opencode, cline, continue',
          '  next  mcp-hub install zed --replace-servers',
          '        \\(its 4 servers then stand behind the hub; an undo is printed\\)',
          '$',
        ].join('\n'),
      ),
    );
  });

  test('that are none are named', async () => {
    const { stdout } = await home.run(['clients']);
    expect(stdout).toMatch(/^not found: claude-desktop, .*continue\n$/);
  });
});
