import { execFileSync } from 'node:child_process';
import { chmod, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { HubError } from '../../src/errors/hub-error.ts';
import { createFolder, loadText, problemsOf } from './folder.ts';

const IS_POSIX = process.platform !== 'win32';

const failureOf = async (configFile: string): Promise<string> => {
  const error: unknown = await loadConfig({ configFile, env: { HOME: '/nonexistent' }, cwd: '/' }).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ name: 'HubError', code: 'CONFIG_INVALID' });
  return (error as HubError).message;
};

const failureOfText = async (text: string | Uint8Array, name = 'config.json'): Promise<string> => {
  const folder = await createFolder();
  return (await failureOf(await folder.write(name, text))).replace(folder.path, '');
};

describe('a configuration file', () => {
  test('that is a folder is refused', async () => {
    const { path } = await createFolder();
    expect(await failureOf(path)).toBe(`cannot read ${path}: it is a folder, not a file`);
  });

  test('whose links lead in a circle is refused', async () => {
    const folder = await createFolder();
    await symlink('b.json', folder.at('a.json'));
    await symlink('a.json', folder.at('b.json'));
    expect(await failureOf(folder.at('a.json'))).toMatch(/its symbolic links lead in a circle$/);
  });

  test.runIf(IS_POSIX)('that is a named pipe is refused without waiting for it', async () => {
    const folder = await createFolder();
    execFileSync('mkfifo', [folder.at('pipe.json')]);
    expect(await failureOf(folder.at('pipe.json'))).toMatch(/it is not a regular file$/);
  });

  test('that is larger than 8 MiB is refused before it is read', async () => {
    const folder = await createFolder();
    const file = await folder.write('big.json', '{}');
    await truncate(file, 50 * 1024 * 1024);
    expect(await failureOf(file)).toBe(`cannot read ${file}: it is larger than 8 MiB`);
  });

  test.runIf(IS_POSIX)('that this user may not read is refused', async () => {
    const folder = await createFolder();
    const file = await folder.write('secret.json', '{}');
    await loadConfig({ configFile: file, env: {}, cwd: '/' });
    await chmod(file, 0o000);
    // Root may read everything: it steps down for a moment.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) await chmod(folder.path, 0o755);
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await failureOf(file)).toBe(`cannot read ${file}: permission denied`);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test('below something that is no folder is refused', async () => {
    const folder = await createFolder();
    const file = await folder.write('a.json', '{}');
    expect(await failureOf(join(file, 'b.json'))).toMatch(/a part of its path is a file, not a folder$/);
  });

  test('with an impossible path is refused', async () => {
    expect(await failureOf('/tmp/a\0b')).toMatch(/its path contains a character that no path can have$/);
    expect(await failureOf(`/${'a'.repeat(300)}`)).toMatch(/its path is too long$/);
  });

  test.runIf(IS_POSIX)('that others may change is told', async () => {
    const folder = await createFolder();
    const file = await folder.write('config.json', '{}');
    await chmod(file, 0o664);
    const config = await loadConfig({ configFile: file, env: {}, cwd: '/' });
    expect(problemsOf(config)).toEqual([
      `warning 1:1 ${file} can be changed by other users (mode 664); run: chmod go-w ${file}`,
    ]);
    await chmod(file, 0o644);
    expect((await loadConfig({ configFile: file, env: {}, cwd: '/' })).problems).toEqual([]);
  });

  test('with nothing in it is an empty configuration', async () => {
    for (const text of ['', ' \n', '// nothing yet\n', '{}', '\uFEFF{}']) {
      expect(await loadText(text)).toMatchObject({ upstreams: [], problems: [] });
    }
    for (const text of ['', '# nothing yet\n', 'mcpServers:\nhub:\n']) {
      expect(await loadText(text, { name: 'config.yaml' })).toMatchObject({ upstreams: [], problems: [] });
    }
  });

  test('may be in UTF-16, as PowerShell writes it, or have a byte order mark', async () => {
    const folder = await createFolder();
    const text = '{ "mcpServers": { "é": { "command": "x" } } }';
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    const big = Buffer.from(little).swap16();
    for (const bytes of [little, big, Buffer.from(`\uFEFF${text}`)]) {
      const configFile = await folder.write('config.json', bytes);
      const config = await loadConfig({ configFile, env: {}, cwd: '/' });
      expect(config.upstreams.map(({ name }) => name)).toEqual(['é']);
    }
  });

  test('that is no text is refused', async () => {
    expect(await failureOfText(Buffer.from([0x7b, 0xc3, 0x28, 0x7d]))).toMatch(
      /it is not text in UTF-8; save it as UTF-8$/,
    );
  });
});

describe('a text that cannot be parsed', () => {
  test.each([
    [
      'config.json',
      '{\n  "mcpServers": {\n    "a": { "command": "x" }\n    "b": {}\n  }\n}',
      '/config.json:4:5: a comma is missing before this',
    ],
    ['config.json', '{ "mcpServers": ', '/config.json:1:17: a value is expected here'],
    ['config.json', "{ 'mcpServers': {} }", '/config.json:1:3: this is not JSON: texts and names need double quotes'],
    ['config.json', '{ "a": "b\n" }', '/config.json:1:8: this text is never closed with a double quote'],
    ['config.json', '{} {}', '/config.json:1:4: something follows after the end of the configuration; remove it'],
    ['config.json', '{ "a": "C:\\x" }', '/config.json:1:8: this escape is unknown; write \\\\ for a backslash'],
    ['config.yaml', 'mcpServers:\n\ta: 1\n', '/config.yaml:2:1: YAML is indented with spaces, not tabs'],
    ['config.yaml', 'a: 1\n---\nb: 2\n', '/config.yaml:2:1: the file holds more than one YAML document; keep one'],
    ['config.yaml', 'a: *nope\n', '/config.yaml:1:1: Unresolved alias (the anchor must be set before the alias): nope'],
    ['config.json', `${'['.repeat(500_000)}`, '/config.json:1:1: it is nested too deeply'],
    ['config.yaml', `&a [*a]`, '/config.yaml:1:1: it is nested too deeply'],
    ['config', 'mcpServers: [', /^\/config:1:14: /],
    ['config', '{ "mcpServers": [', /^\/config:1:18: /],
  ])('in %s, %#, stops with its place', async (name, text, message) => {
    const failure = await failureOfText(text, name);
    if (typeof message === 'string') expect(failure).toBe(message);
    else expect(failure).toMatch(message);
  });

  test('for its YAML aliases that multiply is refused', async () => {
    const levels = 'abcdefghi'.split('').map((name, level, all) => {
      const parts = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*${all[level - 1]}`));
      return `${name}: &${name} [${parts.join(', ')}]`;
    });
    expect(await failureOfText(levels.join('\n'), 'config.yaml')).toMatch(
      /its aliases \(\*name\) repeat too much of the file; write the parts out$/,
    );
  });

  test('for its depth of YAML is refused', async () => {
    expect(await failureOfText('['.repeat(20_000), 'config.yaml')).toMatch(/it is nested too deeply/);
  });
});

describe('a configuration that is wrong as a whole', () => {
  test.each([
    ['[]', ':1:1: the configuration must be an object: begin the file with {'],
    ['"text"', ':1:1: the configuration must be an object: begin the file with {'],
    ['{ "mcpServers": 5 }', ':1:3: mcpServers must be an object of servers'],
    ['{ "context_servers": "x" }', ':1:3: context_servers must be an object of servers'],
    ['{ "hub": [] }', ':1:3: hub must be an object'],
    ['{ "hub": { "servers": [] } }', ':1:12: hub.servers must be an object'],
    ['{ "hub": { "routes": {} } }', ':1:12: hub.routes must be a list'],
  ])('%s stops with its place', async (text, message) => {
    expect(await failureOfText(text)).toBe(`/config.json${message}`);
  });
});

test('keys that mean something to JavaScript are keys like any other', async () => {
  const text = `{ "__proto__": { "polluted": 1 }, "mcpServers": {
    "__proto__": { "command": "p" }, "constructor": { "command": "x", "env": { "__proto__": "1", "toString": "2" } } },
    "hub": { "__proto__": {}, "servers": { "toString": {} } } }`;
  const config = await loadText(text);
  expect(config.upstreams.map(({ name }) => name)).toEqual(['constructor']);
  expect(config.upstreams[0]?.transport).toMatchObject({ env: { toString: '2' } });
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
