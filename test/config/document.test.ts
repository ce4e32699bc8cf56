import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type ConfigDocument, openConfigDocument } from '../../src/config/document.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createFolder } from './folder.ts';

const IS_POSIX = process.platform !== 'win32';

const open = async (text: string, name = 'config.json'): Promise<ConfigDocument> =>
  openConfigDocument(await (await createFolder()).write(name, text));

const JSONC = `// My servers.
{
  "mcpServers": {
    // the calculator
    "math": { "command": "math", "args": ["-v"] }, // fast
    /* the docs */
    "docs": {
      "url": "https://docs.example.com", // public
      "x-team": "web"
    } // slow
  },
  "unknown": [1,2,  3],
}
`;

describe('editing JSON keeps what it does not touch, letter by letter', () => {
  test('when a server is added', async () => {
    const document = await open(JSONC);
    document.setServer('new', { command: 'npx', args: ['-y', 'srv'], env: { A: '1' } });
    expect(document.text()).toBe(
      JSONC.replace(
        '    } // slow\n',
        `    }, // slow
    "new": {
      "command": "npx",
      "args": ["-y", "srv"],
      "env": {
        "A": "1"
      }
    }
`,
      ),
    );
    expect(document.serverNames()).toEqual(['math', 'docs', 'new']);
  });

  test('when a server is replaced', async () => {
    const document = await open(JSONC);
    document.setServer('math', { command: 'calc' });
    expect(document.text()).toBe(
      JSONC.replace('{ "command": "math", "args": ["-v"] }', '{\n      "command": "calc"\n    }'),
    );
  });

  test('when the first server is removed', async () => {
    const document = await open(JSONC);
    expect(document.removeServer('math')).toBe(true);
    expect(document.text()).toBe(JSONC.replace('    "math": { "command": "math", "args": ["-v"] }, // fast\n', ''));
    expect(document.getServer('math')).toBeUndefined();
  });

  test('when the last server is removed', async () => {
    const document = await open(JSONC);
    expect(document.removeServer('docs')).toBe(true);
    expect(document.text()).toBe(
      JSONC.replace(/\n {4}"docs": \{[^}]*\} \/\/ slow/, '').replace(', // fast', ' // fast'),
    );
  });

  test('when a server is switched off and on again', async () => {
    const document = await open(JSONC);
    expect(document.setEnabled('docs', false)).toBe(true);
    expect(document.getServer('docs')).toMatchObject({ disabled: true });
    expect(document.text()).toBe(JSONC.replace('"web"\n', '"web",\n      "disabled": true\n'));
    expect(document.setEnabled('docs', true)).toBe(true);
    expect(document.text()).toBe(JSONC);
  });

  test('when a setting of the hub is made and taken back', async () => {
    const document = await open(JSONC);
    document.setHub(['servers', 'math', 'tools', 'exclude'], ['div*']);
    expect(document.getHub(['servers', 'math'])).toEqual({ tools: { exclude: ['div*'] } });
    expect(document.text()).toContain(
      '  "unknown": [1,2,  3],\n  "hub": {\n    "servers": {\n      "math": {\n        "tools": {\n',
    );
    document.setHub(['servers'], undefined);
    expect(document.text()).toBe(JSONC.replace('3],\n', '3],\n  "hub": {},\n'));
  });

  test.each([
    ['{"mcpServers":{"a":{"command":"x"}}}', '{"mcpServers":{"a":{"command":"x"},"b":{"command":"y"}}}'],
    ['{"mcpServers":{}}', '{"mcpServers":{"b":{"command":"y"}}}'],
    ['{}', '{"mcpServers":{"b":{"command":"y"}}}'],
    ['{\n\t"mcpServers": {}\n}\n', '{\n\t"mcpServers": {\n\t\t"b": {\n\t\t\t"command": "y"\n\t\t}\n\t}\n}\n'],
    [
      '{\r\n  "mcpServers": {}\r\n}',
      '{\r\n  "mcpServers": {\r\n    "b": {\r\n      "command": "y"\r\n    }\r\n  }\r\n}',
    ],
    [
      '{\n  "mcpServers": {\n    // none yet\n  }\n}',
      '{\n  "mcpServers": {\n    // none yet\n    "b": {\n      "command": "y"\n    }\n  }\n}',
    ],
    ['{\n  "mcpServers": null\n}', '{\n  "mcpServers": {\n    "b": {\n      "command": "y"\n    }\n  }\n}'],
    ['// nothing yet\n', '// nothing yet\n{\n  "mcpServers": {\n    "b": {\n      "command": "y"\n    }\n  }\n}\n'],
    ['', '{\n  "mcpServers": {\n    "b": {\n      "command": "y"\n    }\n  }\n}\n'],
  ])('in the style of %j', async (before, after) => {
    const document = await open(before);
    document.setServer('b', { command: 'y' });
    expect(document.text()).toBe(after);
    expect(document.serverNames()).toContain('b');
  });

  test('where the servers of another client are', async () => {
    const document = await open('{ "context_servers": { "a": { "command": "x" } } }');
    document.setServer('b', { command: 'y' });
    expect(document.text()).toBe('{ "context_servers": { "a": { "command": "x" },"b":{"command":"y"} } }');
  });

  test('in a list of servers', async () => {
    const document = await open('{ "mcpServers": [{ "name": "a", "command": "x" }] }');
    document.setServer('b', { command: 'y' });
    expect(document.text()).toBe('{ "mcpServers": [{ "name": "a", "command": "x" },{"name":"b","command":"y"}] }');
    expect(document.removeServer('a')).toBe(true);
    expect(document.text()).toBe('{ "mcpServers": [{"name":"b","command":"y"}] }');
  });

  test('in package.json, under its key', async () => {
    const document = await open('{\n  "name": "p"\n}\n', 'package.json');
    document.setServer('b', { command: 'y' });
    expect(JSON.parse(document.text())).toEqual({ name: 'p', 'mcp-hub': { mcpServers: { b: { command: 'y' } } } });
    expect(document.serverNames()).toEqual(['b']);
  });
});

describe('editing YAML keeps comments and unknown keys', () => {
  const YAML = `# My servers.
mcpServers:
  # the calculator
  math:
    command: math # fast
    args: [-v]
  docs:
    url: https://docs.example.com
unknown: 1
`;

  test('when a server is added, switched off and removed', async () => {
    const document = await open(YAML, 'config.yaml');
    document.setServer('new', { command: 'npx', args: ['-y'] });
    const added = '    url: https://docs.example.com\n  new:\n    command: npx\n    args:\n      - -y\n';
    expect(document.text()).toBe(YAML.replace('    url: https://docs.example.com\n', added));
    document.removeServer('new');
    document.setEnabled('docs', false);
    document.setHub(['log', 'keepDays'], 3);
    const changed = `${YAML.replace('.com\n', '.com\n    disabled: true\n')}hub:\n  log:\n    keepDays: 3\n`;
    expect(document.text()).toBe(changed);
    expect(document.serverNames()).toEqual(['math', 'docs']);
  });

  test.each(['', '# nothing yet\n', 'mcpServers:\n', 'mcpServers: {}\n', 'hub: {}\n'])(
    'beginning with %j',
    async (text) => {
      const document = await open(text, 'config.yml');
      document.setServer('a', { command: 'x' });
      expect(document.text()).toContain('mcpServers:\n  a:\n    command: x\n');
      expect(document.text()).toContain(text.startsWith('#') ? '# nothing yet' : '');
    },
  );
});

describe('a document', () => {
  test('that is new begins with the two places to fill, and with what editors check it with', async () => {
    const folder = await createFolder();
    const document = await openConfigDocument(folder.at('new/config.json'));
    expect(document.exists).toBe(false);
    expect(JSON.parse(document.text())).toEqual({
      $schema: expect.stringMatching(/^file:.*\/schema\/mcp-hub\.schema\.json$/),
      mcpServers: {},
      hub: {},
    });
    document.setServer('a', { command: 'x' });
    await document.save();
    expect((await loadConfig({ configFile: document.file, env: {}, cwd: '/' })).problems).toEqual([]);
    if (IS_POSIX) {
      expect((await stat(folder.at('new/config.json'))).mode & 0o777).toBe(0o600);
      expect((await stat(folder.at('new'))).mode & 0o777).toBe(0o700);
    }
    expect(await readdir(folder.at('new'))).toEqual(['config.json']);
  });

  test('that is new may be YAML', async () => {
    const folder = await createFolder();
    const document = await openConfigDocument(folder.at('config.yaml'));
    document.setServer('a', { command: 'x' });
    expect(document.text()).toMatch(
      /^# yaml-language-server: \$schema=file:.*\nmcpServers:\n {2}a:\n {4}command: x\nhub: \{\}\n$/,
    );
  });

  test('removes what the hub says about a server together with it', async () => {
    const document = await open(
      '{ "mcpServers": { "a": { "command": "x" } }, "hub": { "servers": { "a": { "prefix": "p" } } } }',
    );
    document.removeServer('a');
    expect(document.text()).toBe('{ "mcpServers": {}, "hub": { "servers": {} } }');
  });

  test('says that a server is not there', async () => {
    const document = await open(JSONC);
    expect([document.removeServer('x'), document.setEnabled('x', false), document.getServer('x')]).toEqual([
      false,
      false,
      undefined,
    ]);
    expect(document.text()).toBe(JSONC);
  });

  test('switches off by "enabled" where the entry has that', async () => {
    const document = await open('{ "mcpServers": { "a": { "command": "x", "enabled": true } } }');
    document.setEnabled('a', false);
    expect(document.getServer('a')).toEqual({ command: 'x', enabled: false });
    document.setEnabled('a', true);
    expect(document.getServer('a')).toEqual({ command: 'x' });
  });

  test.each(['', ' ', '__proto__'])('refuses %j as a name', async (name) => {
    const document = await open(JSONC);
    expect(() => document.setServer(name, { command: 'x' })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  test('refuses to set what is below a value that holds nothing', async () => {
    for (const [text, name] of [
      ['{ "hub": 5 }', 'c.json'],
      ['hub: 5\n', 'c.yaml'],
    ] as const) {
      const document = await open(text, name);
      expect(() => document.setHub(['log', 'keepDays'], 1)).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: expect.stringContaining('hub.log.keepDays cannot be set'),
        }),
      );
      expect(document.text()).toBe(text);
    }
  });

  test.each([
    ['c.json', '{ "mcpServers": { "a": {} "b": {} } }', ':1:27: a comma is missing before this'],
    [
      'c.json',
      '{ "mcpServers": { "a": {}, "a": {} } }',
      ':1:28: mcpServers.a is given twice; the last one counts: remove one',
    ],
    ['c.yaml', 'a: 1\na: 2\n', ':2:1: this key is given twice; the last one counts: remove one'],
    ['c.yaml', 'a: [1\n', ':2:1: '],
    ['c.json', '[]', ': it does not hold an object'],
  ])('with a fault, %#, is refused with its place and not changed', async (name, text, message) => {
    const folder = await createFolder();
    const file = await folder.write(name, text);
    await expect(openConfigDocument(file)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`cannot change ${file}${message}`),
    });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('that is a program is refused', async () => {
    await expect(open('export default {}', 'hub.config.mjs')).rejects.toMatchObject({
      message: expect.stringMatching(/it is a program, not data$/),
    });
  });
});

describe('saving', () => {
  test('keeps the mode, and the old text beside it the first time only', async () => {
    const folder = await createFolder();
    const file = await folder.write('config.json', JSONC);
    if (IS_POSIX) await chmod(file, 0o640);
    for (const name of ['one', 'two']) {
      const document = await openConfigDocument(file);
      expect(document.exists).toBe(true);
      document.setServer(name, { command: name });
      await document.save();
    }
    expect((await openConfigDocument(file)).serverNames()).toEqual(['math', 'docs', 'one', 'two']);
    expect(await readFile(`${file}.bak`, 'utf8')).toBe(JSONC);
    if (IS_POSIX) expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(folder.path)).sort()).toEqual(['config.json', 'config.json.bak']);
  });

  test('writes through a symbolic link, also one that leads to nothing yet', async () => {
    const folder = await createFolder();
    await mkdir(folder.at('dotfiles'));
    const target = await folder.write('dotfiles/hub.json', '{}');
    await symlink('dotfiles/hub.json', folder.at('a.json'));
    await symlink('dotfiles/later.json', folder.at('b.json'));
    for (const name of ['a.json', 'b.json']) {
      const document = await openConfigDocument(folder.at(name));
      document.setServer('s', { command: 'x' });
      await document.save();
      expect((await lstat(folder.at(name))).isSymbolicLink()).toBe(true);
    }
    expect(await readlink(folder.at('a.json'))).toBe('dotfiles/hub.json');
    expect(await readFile(target, 'utf8')).toContain('"s"');
    expect(await readFile(folder.at('dotfiles/later.json'), 'utf8')).toContain('"s"');
  });

  test('keeps a byte order mark', async () => {
    const folder = await createFolder();
    const file = await folder.write('config.json', '\uFEFF{}');
    const document = await openConfigDocument(file);
    document.setServer('s', { command: 'x' });
    await document.save();
    expect(await readFile(file, 'utf8')).toBe('\uFEFF{"mcpServers":{"s":{"command":"x"}}}');
  });

  test('refuses where someone else has changed the file meanwhile', async () => {
    const folder = await createFolder();
    const file = await folder.write('config.json', JSONC);
    const document = await openConfigDocument(file);
    document.setServer('s', { command: 'x' });
    await writeFile(file, '{}');
    await expect(document.save()).rejects.toMatchObject({
      message: `cannot change ${file}: someone else has just changed it`,
      hint: 'run the command again',
    });
    expect(await readFile(file, 'utf8')).toBe('{}');
  });

  test.runIf(IS_POSIX)('says why where the folder cannot be written to, and leaves nothing behind', async () => {
    const folder = await createFolder();
    const file = await folder.write('config.json', '{}');
    const document = await openConfigDocument(file);
    document.setServer('s', { command: 'x' });
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) await chmod(file, 0o644);
    await chmod(folder.path, 0o555);
    if (isRoot) process.seteuid?.(65_534);
    try {
      await expect(document.save()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: `cannot write ${file}: permission denied`,
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(folder.path, 0o755);
    }
    expect(await readdir(folder.path)).toEqual(['config.json']);
    expect(await readFile(file, 'utf8')).toBe('{}');
  });
});
