import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { locateConfig } from '../../src/config/locate.ts';
import { readProject } from '../../src/config/project-source.ts';
import { trustProject } from '../../src/config/trust.ts';
import { trustFile } from '../../src/config/trust-file.ts';
import { createFolder, type Folder, problemsOf } from './folder.ts';

const server = (name: string): string => JSON.stringify({ mcpServers: { [name]: { command: 'x' } } });

/** A home with a user's configuration, and a project in it. */
const createHome = async (): Promise<{ home: Folder; env: NodeJS.ProcessEnv; project: string }> => {
  const home = await createFolder();
  await home.write('.config/mcp-hub/config.json', server('user'));
  await mkdir(home.at('project/deep/er'), { recursive: true });
  return { home, env: { HOME: home.path }, project: home.at('project') };
};

const namesOf = async (options: Parameters<typeof loadConfig>[0]): Promise<readonly string[]> =>
  (await loadConfig(options)).upstreams.map(({ name }) => name);

describe('the configuration that is read', () => {
  test('is the one that --config names, relative to the working directory', async () => {
    const { home, env, project } = await createHome();
    await home.write('project/mine.json', server('mine'));
    await home.write('other.json', server('other'));
    const all = { ...env, MCP_HUB_CONFIG: home.at('other.json') };
    expect(await namesOf({ configFile: 'mine.json', env: all, cwd: project })).toEqual(['mine']);
  });

  test('is else the one that MCP_HUB_CONFIG names, with ~ for the home directory', async () => {
    const { home, env, project } = await createHome();
    await home.write('other.json', server('other'));
    expect(await namesOf({ env: { ...env, MCP_HUB_CONFIG: '~/other.json' }, cwd: project })).toEqual(['other']);
  });

  test("is else the user's own", async () => {
    const { home, env, project } = await createHome();
    const config = await loadConfig({ env, cwd: project });
    expect(config.files).toEqual([home.at('.config/mcp-hub/config.json')]);
    expect(config.upstreams.map(({ name }) => name)).toEqual(['user']);
  });

  test("may be the user's own in YAML", async () => {
    const home = await createFolder();
    const file = await home.write('.config/mcp-hub/config.yaml', 'mcpServers:\n  y: { command: x }\n');
    expect(await locateConfig({ env: { HOME: home.path }, cwd: '/' })).toEqual({
      file,
      source: 'user',
      ignoredProjectFile: undefined,
      userFile: file,
    });
  });

  test('is empty without any file, and that is no error', async () => {
    const home = await createFolder();
    const config = await loadConfig({ env: { HOME: home.path }, cwd: home.path });
    expect(config).toMatchObject({ files: [], upstreams: [], routes: [], problems: [], separator: '__' });
  });

  test('must be there when it is named', async () => {
    const { env, project } = await createHome();
    await expect(loadConfig({ configFile: 'nope.json', env, cwd: project })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `cannot read ${join(project, 'nope.json')}: there is no such file`,
    });
  });
});

describe('a configuration in a project', () => {
  test.each([
    '.mcp-hub.json',
    'mcp-hub.config.json',
    'mcp-hub.config.jsonc',
    'mcp-hub.config.yaml',
    '.mcp-hubrc',
    '.mcp-hubrc.yml',
  ])('called %s is ignored until it is trusted, and that is said', async (name) => {
    const { home, env } = await createHome();
    const file = await home.write(`project/${name}`, server('project'));
    const config = await loadConfig({ env, cwd: home.at('project/deep/er') });
    expect(config.upstreams.map(({ name }) => name)).toEqual(['user']);
    expect(config.problems[0]?.place?.file).toBe(file);
    expect(problemsOf(config)).toEqual([
      "warning 1:1 a project's file is ignored until it is trusted: run mcp-hub trust, which shows what it starts",
    ]);
  });

  test('outranks the own one of the user once it is trusted, and says nothing', async () => {
    const { home, env } = await createHome();
    const file = await home.write('project/.mcp-hub.json', server('project'));
    await trustProject(await readProject(file), env);
    const config = await loadConfig({ env, cwd: home.at('project/deep/er') });
    expect(config.upstreams.map(({ name }) => name)).toEqual(['project']);
    expect(config.files).toEqual([file]);
    expect(problemsOf(config)).toEqual([]);
  });

  test.each([
    ['its command', { command: 'y', args: ['1'] }, 'server "s" was changed'],
    ['one argument', { command: 'x', args: ['2'] }, 'server "s" was changed'],
    ['one more argument', { command: 'x', args: ['1', '-v'] }, 'server "s" was changed'],
    ['its directory', { command: 'x', args: ['1'], cwd: '/' }, 'server "s" was changed'],
    ['a variable', { command: 'x', args: ['1'], env: { A: '' } }, 'server "s" was changed'],
    ['its kind', { url: 'https://x.dev' }, 'server "s" was changed'],
  ])('is ignored again when %s has changed', async (_what, changed, because) => {
    const { home, env, project } = await createHome();
    const text = (entry: object): string => JSON.stringify({ mcpServers: { s: entry } });
    const file = await home.write('project/.mcp-hub.json', text({ command: 'x', args: ['1'] }));
    await trustProject(await readProject(file), env);
    await home.write('project/.mcp-hub.json', text(changed));
    const location = await locateConfig({ env, cwd: project });
    expect(location.ignoredBecause).toBe(
      `a project's file is ignored since it was changed: ${because}; look at it: mcp-hub trust`,
    );
    expect(location.source).toBe('user');
  });

  test('stays trusted with fewer servers and another layout, and not with more servers or other settings', async () => {
    const { home, env, project } = await createHome();
    const write = (text: string): Promise<string> => home.write('project/.mcp-hub.json', text);
    const file = await write('{"mcpServers":{"a":{"command":"x"},"b":{"command":"y"}},"hub":{"separator":"_"}}');
    await trustProject(await readProject(file), env);
    const because = async (text: string): Promise<string | undefined> => {
      await write(text);
      return (await locateConfig({ env, cwd: project })).ignoredBecause;
    };
    expect(
      await because('{\n "hub": {"separator":"_"}, "mcpServers":{"b":{"args":[],"command":"y"}} }'),
    ).toBeUndefined();
    expect(await because('{"mcpServers":{"c":{"command":"x"}},"hub":{"separator":"_"}}')).toContain(
      'server "c" is new',
    );
    expect(await because('{"mcpServers":{"a":{"command":"x"}}}')).toContain('its "hub" settings were changed');
  });

  test('is trusted as the file that it is, not as another of the same content', async () => {
    const { home, env, project } = await createHome();
    const elsewhere = await home.write('elsewhere/.mcp-hub.json', server('project'));
    await trustProject(await readProject(elsewhere), env);
    await home.write('project/.mcp-hub.json', server('project'));
    expect((await locateConfig({ env, cwd: project })).source).toBe('user');
  });

  test('with approvals that cannot be read is not trusted', async () => {
    const { home, env, project } = await createHome();
    const file = await home.write('project/.mcp-hub.json', server('project'));
    await trustProject(await readProject(file), env);
    await writeFile(trustFile(env), '{');
    expect((await locateConfig({ env, cwd: project })).source).toBe('user');
  });

  test('may be a key of package.json, which is read when it is named', async () => {
    const { home, env, project } = await createHome();
    const manifest = { name: 'p', 'mcp-hub': { mcpServers: { p: { command: 'x', args: 5 } } } };
    const configFile = await home.write('project/package.json', JSON.stringify(manifest, undefined, 2));
    expect((await locateConfig({ env, cwd: project })).ignoredProjectFile).toBe(configFile);
    const config = await loadConfig({ configFile, env, cwd: project });
    expect(problemsOf(config)).toEqual(['skipped 7:9 server "p" is left out: args must be a list, not a number']);
  });

  test.each(['{ "name": "p" }', '{ broken', '[]', 'null', ''])(
    'is not seen in a package.json with %j',
    async (text) => {
      const { home, env, project } = await createHome();
      await home.write('project/package.json', text);
      expect((await locateConfig({ env, cwd: project })).ignoredProjectFile).toBeUndefined();
    },
  );

  test('is not looked for when a file is named', async () => {
    const { home, env, project } = await createHome();
    await home.write('project/.mcp-hub.json', server('project'));
    const configFile = await home.write('mine.json', server('mine'));
    expect(problemsOf(await loadConfig({ configFile, env, cwd: project }))).toEqual([]);
  });

  test('is not looked for above the home directory', async () => {
    const outer = await createFolder();
    await outer.write('.mcp-hub.json', server('outer'));
    await mkdir(outer.at('home/project'), { recursive: true });
    const env = { HOME: outer.at('home') };
    expect((await locateConfig({ env, cwd: outer.at('home/project') })).ignoredProjectFile).toBeUndefined();
  });

  test('is never run, and neither are the settings of cosmiconfig in the working directory', async () => {
    const { home, env, project } = await createHome();
    const evil = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(home.at('ran'))}, ''); export default {};`;
    for (const name of [
      '.config/config.mjs',
      '.config/config.js',
      'mcp-hub.config.mjs',
      '.mcp-hubrc.mjs',
      'evil.mjs',
    ]) {
      await home.write(`project/${name}`, evil);
    }
    const manifest = { type: 'module', cosmiconfig: { searchPlaces: ['evil.mjs'], mergeSearchPlaces: false } };
    await home.write('project/package.json', JSON.stringify(manifest));
    const before = process.cwd();
    process.chdir(project);
    try {
      expect(await namesOf({ env, cwd: project })).toEqual(['user']);
    } finally {
      process.chdir(before);
    }
    const { existsSync } = await import('node:fs');
    expect(existsSync(home.at('ran'))).toBe(false);
  });

  test('that is a folder, a broken link or a link to itself does not stop the search', async () => {
    const { home, env, project } = await createHome();
    await mkdir(home.at('project/.mcp-hub.json'));
    await symlink('nowhere', home.at('project/mcp-hub.config.json'));
    await symlink('.mcp-hubrc', home.at('project/.mcp-hubrc'));
    const file = await home.write('project/.mcp-hubrc.json', server('project'));
    expect((await locateConfig({ env, cwd: project })).ignoredProjectFile).toBe(file);
  });
});

describe('a program as configuration', () => {
  test.each([
    ['hub.mjs', 'export default { mcpServers: { s: { command: "x" } } };'],
    ['hub.ts', 'const command: string = "x"; export default { mcpServers: { s: { command, extra() {} } } };'],
    ['hub.cjs', 'module.exports = { mcpServers: { s: { command: "x" } } };'],
  ])('in %s runs when --config names it', async (name, text) => {
    const folder = await createFolder();
    const configFile = await folder.write(name, text);
    expect(await namesOf({ configFile, env: { HOME: folder.path }, cwd: folder.path })).toEqual(['s']);
  });

  test('does not run when MCP_HUB_CONFIG names it', async () => {
    const folder = await createFolder();
    const file = await folder.write('hub.mjs', 'export default { mcpServers: {} };');
    await expect(loadConfig({ env: { HOME: folder.path, MCP_HUB_CONFIG: file }, cwd: '/' })).rejects.toMatchObject({
      message: `cannot use ${file}: it is a program, and those run only when named`,
      hint: `name it with --config ${file}`,
    });
  });

  test('that fails says why', async () => {
    const folder = await createFolder();
    const configFile = await folder.write('hub.mjs', 'throw new Error("no network");');
    await expect(loadConfig({ configFile, env: { HOME: folder.path }, cwd: '/' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `cannot load ${configFile}: no network`,
    });
  });
});
