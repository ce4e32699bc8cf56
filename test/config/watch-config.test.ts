import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HubConfig } from '../../src/config/hub-config.ts';
import { type LoadConfigOptions, loadLocated } from '../../src/config/load.ts';
import { readProject } from '../../src/config/project-source.ts';
import { revokeProject, trustProject } from '../../src/config/trust.ts';
import { watchConfig } from '../../src/config/watch-config.ts';
import { eventually } from '../e2e/support/processes.ts';
import { createFolder, type Folder } from './folder.ts';

const SERVER = { command: 'node', args: ['server.js'] };

/** @param before done between the loading and the watching; default nothing */
const watch = async (load: LoadConfigOptions, before: () => Promise<unknown> = async () => {}) => {
  const configs: HubConfig[] = [];
  const told: string[] = [];
  const loaded = await loadLocated(load);
  const current = loaded.config;
  await before();
  const stop = watchConfig({
    load,
    current,
    loaded,
    onConfig: (config) => configs.push(config),
    tell: (line) => told.push(line),
  });
  onTestFinished(stop);
  const names = (): readonly string[] => (configs.at(-1) ?? current).upstreams.map(({ name }) => name);
  return { configs, told, names, stop };
};

describe('a configuration that is watched', () => {
  test('of the user is found where it is made later, under each of its names', async () => {
    const folder = await createFolder();
    const env = { HOME: folder.path, XDG_CONFIG_HOME: folder.at('config') };
    const { names, configs } = await watch({ env, cwd: folder.path });
    await folder.write('config/mcp-hub/config.yaml', 'mcpServers:\n  a:\n    command: node\n');
    await eventually('the first', () => names().includes('a'), 15_000);
    await folder.write('config/mcp-hub/config.json', JSON.stringify({ mcpServers: { b: SERVER } }));
    await eventually('the one that comes before it', () => names().includes('b'));
    expect(names()).toEqual(['b']);
    expect(configs).toHaveLength(2);
  }, 30_000);

  test('tells of the same fault once, and of another one again', async () => {
    const folder = await createFolder();
    const configFile = await folder.write('config.json', JSON.stringify({ mcpServers: { a: SERVER } }));
    const { told, configs } = await watch({ configFile, env: { HOME: folder.path }, cwd: folder.path });
    await writeFile(configFile, '{');
    await eventually('the first complaint', () => told.length === 1);
    await appendFile(configFile, ' ');
    await writeFile(configFile, '[]');
    await eventually('the second complaint', () => told.length === 2);
    await writeFile(configFile, ' \n');
    await eventually('the third complaint', () => told.length === 3);
    expect(told[2]).toContain('config.json:1:1: it is empty');
    expect(told[0]).toMatch(/config\.json:1:\d+: .*; the configuration that counted before goes on$/);
    expect(told[1]).not.toBe(told[0]);
    expect(configs).toEqual([]);
  });

  test('does not count where it cannot be put into effect, and is tried again with the next news', async () => {
    const folder = await createFolder();
    const configFile = await folder.write('config.json', JSON.stringify({ mcpServers: { a: SERVER } }));
    const load = { configFile, env: { HOME: folder.path }, cwd: folder.path };
    const told: string[] = [];
    const taken: HubConfig[] = [];
    let isReady = false;
    let attempts = 0;
    const onConfig = (config: HubConfig): void => {
      attempts += 1;
      if (!isReady) throw new Error('there is no room');
      taken.push(config);
    };
    const tell = (line: string): void => void told.push(line);
    const loaded = await loadLocated(load);
    onTestFinished(watchConfig({ load, current: loaded.config, loaded, onConfig, tell }));
    const other = JSON.stringify({ mcpServers: { b: SERVER } });
    await writeFile(configFile, other);
    await eventually('the complaint', () => told.length > 0);
    expect(told).toEqual(['there is no room; the configuration that counted before goes on']);
    expect(attempts).toBe(1);
    isReady = true;
    await writeFile(configFile, `${other}\n`);
    await eventually('the other one', () => taken.length === 1);
    expect(told.at(-1)).toBe('the configuration is right again, and counts');
  });

  test('is not taken for another one where only what is told of it differs', async () => {
    const folder = await createFolder();
    const text = JSON.stringify({ mcpServers: { a: SERVER, b: SERVER } });
    const configFile = await folder.write('config.json', text);
    const { configs, names } = await watch({ configFile, env: { HOME: folder.path }, cwd: folder.path });
    await writeFile(configFile, JSON.stringify({ mcpServers: { a: SERVER, b: SERVER }, unknownKey: 1 }));
    await writeFile(folder.at('next'), JSON.stringify({ mcpServers: { b: SERVER } }));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(configs).toEqual([]);
    await rename(folder.at('next'), configFile);
    await eventually('the other one', () => names().length === 1);
    expect(configs).toHaveLength(1);
  });

  test('has what was changed between its loading and its being watched told at once', async () => {
    const folder = await createFolder();
    const configFile = await folder.write('config.json', JSON.stringify({ mcpServers: { a: SERVER } }));
    const load = { configFile, env: { HOME: folder.path }, cwd: folder.path };
    const other = JSON.stringify({ mcpServers: { b: SERVER } });
    const { configs } = await watch(load, () => writeFile(configFile, other));
    await eventually('the other one', () => configs.length === 1);
    expect(configs[0]?.upstreams.map(({ name }) => name)).toEqual(['b']);
  });

  test('is a program: it is run once and not again', async () => {
    const folder = await createFolder();
    const program = (name: string): string => `export default { mcpServers: { ${name}: { command: 'node' } } };\n`;
    const configFile = await folder.write('config.mjs', program('a'));
    const { configs } = await watch({ configFile, env: { HOME: folder.path }, cwd: folder.path });
    await writeFile(configFile, program('b'));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(configs).toEqual([]);
  });

  test('is watched no more once that was ended', async () => {
    const folder = await createFolder();
    const configFile = await folder.write('config.json', JSON.stringify({ mcpServers: { a: SERVER } }));
    const { configs, stop, told } = await watch({ configFile, env: { HOME: folder.path }, cwd: folder.path });
    stop();
    await rm(join(folder.path, 'config.json'));
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect([configs, told]).toEqual([[], []]);
  });
});

describe("a trusted project's configuration that is watched", () => {
  type Opened = Awaited<ReturnType<typeof open>>;
  const open = async () => {
    const folder = await createFolder();
    const env = { HOME: folder.path };
    await folder.write('.config/mcp-hub/config.json', JSON.stringify({ mcpServers: { mine: SERVER } }));
    const write = (...names: string[]) =>
      folder.write(
        'p/.mcp-hub.json',
        JSON.stringify({ mcpServers: Object.fromEntries(names.map((n) => [n, SERVER])) }),
      );
    const file = await write('a', 'b');
    const trust = async () => trustProject(await readProject(file), env);
    return { folder, env, write, file, trust, load: { env, cwd: folder.at('p') } };
  };

  test('goes on after a change until that is trusted, and does not give way to the own one of the user', async () => {
    const { write, trust, load, file } = await open();
    await trust();
    const { names, told, configs } = await watch(load);
    await write('a');
    await eventually('fewer servers, which need no approval', () => names().length === 1);
    await write('a', 'c');
    await eventually('the complaint', () => told.length === 1);
    expect(told[0]).toContain(
      'ignored since it was changed: server "c" is new; look at it: mcp-hub trust; the configuration that counted before goes on',
    );
    expect(names()).toEqual(['a']);
    await trust();
    await eventually('the one that is trusted', () => names().length === 2);
    expect(names()).toEqual(['a', 'c']);
    await rm(file);
    await eventually('the other complaint', () => told.some((line) => line.includes('there is no such file')));
    expect(configs).toHaveLength(2);
  });

  test('is not missed where it never counted since it could not be put into effect', async () => {
    const { trust, load, file } = await open();
    const told: string[] = [];
    const onConfig = (): void => {
      throw new Error('there is no room');
    };
    const tell = (line: string): void => void told.push(line);
    const loaded = await loadLocated(load);
    onTestFinished(watchConfig({ load, current: loaded.config, loaded, onConfig, tell }));
    await trust();
    await eventually('the complaint', () => told.length === 1, 15_000);
    await rm(file);
    await eventually('its end', () => told.length === 2);
    expect(told[1]).toBe('the configuration is right again, and counts');
  }, 30_000);

  test('gives way when the approval is taken back, and comes when it is given', async () => {
    const { trust, load, file, env } = await open();
    const { names } = await watch(load);
    expect(names()).toEqual(['mine']);
    await trust();
    await eventually('that of the project', () => names().includes('a'), 15_000);
    await revokeProject(file, env);
    await eventually('that of the user', () => names().includes('mine'));
  }, 30_000);

  test.each([
    ['there is none of the user', undefined, []],
    ['that of the user is wrong as a whole', '{ "mcpServers": ', []],
    ['one server of the user is wrong', JSON.stringify({ mcpServers: { mine: SERVER, wrong: {} } }), ['mine']],
  ])('gives way to a revocation where %s', async (_what, text, left) => {
    const { folder, trust, load, file, env } = await open();
    await trust();
    const own = folder.at('.config/mcp-hub/config.json');
    await (text === undefined ? rm(own) : writeFile(own, text));
    const { names, told } = await watch(load);
    expect(names()).toEqual(['a', 'b']);
    await revokeProject(file, env);
    await eventually('the end of its servers', () => !names().includes('a'), 15_000);
    expect(names()).toEqual(left);
    expect(told[0]).toBe(`${file} is not trusted any more, and does not count`);
  });

  test.each([
    ['changed', async ({ write }: Opened) => write('a', 'b', 'evil')],
    ['gone', async ({ file }: Opened) => rm(file)],
  ])('gives way to a revocation when it was %s before', async (_how, alter) => {
    const opened = await open();
    await opened.trust();
    const { names, told } = await watch(opened.load);
    await alter(opened);
    await eventually('the complaint', () => told.length === 1);
    expect(names()).toEqual(['a', 'b']);
    await revokeProject(opened.file, opened.env);
    await eventually('that of the user', () => names().includes('mine'));
  });

  test('does not give way to the one of the user when it was changed before it was watched', async () => {
    const { write, trust, load } = await open();
    await trust();
    const { names, told, configs } = await watch(load, () => write('a', 'b', 'evil'));
    await eventually('the complaint', () => told.length === 1);
    expect(told[0]).toContain('server "evil" is new');
    expect([names(), configs]).toEqual([['a', 'b'], []]);
  });

  test('says which file of the project comes before it, and counts until that is trusted', async () => {
    const { folder, trust, load, env, file } = await open();
    await trust();
    const { names, told } = await watch({ ...load, cwd: await nearer(folder) });
    const before = await folder.write('p/sub/.mcp-hub.json', JSON.stringify({ mcpServers: { c: SERVER } }));
    await writeFile(file, `${JSON.stringify({ mcpServers: { a: SERVER, b: SERVER } })}\n`);
    await eventually('the complaint', () => told.length === 1);
    expect(told[0]).toContain(`${before} comes before ${file}: a project's file is ignored until it is trusted`);
    expect(told[0]).toContain('mcp-hub trust');
    expect(names()).toEqual(['a', 'b']);
    await trustProject(await readProject(before), env);
    await eventually('the nearer one', () => names().includes('c'));
  });
});

const nearer = async (folder: Folder): Promise<string> => {
  await mkdir(folder.at('p/sub'));
  return folder.at('p/sub');
};
