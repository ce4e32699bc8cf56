import { posix, win32 } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLIENTS, clientOf } from '../../../src/config/clients/all-clients.ts';
import type { ClientDefinition } from '../../../src/config/clients/client.ts';
import { existingFiles, isInstalled, targetFile } from '../../../src/config/clients/client-paths.ts';
import type { ClientMachine } from '../../../src/config/clients/path-templates.ts';

const client = (id: string): ClientDefinition => {
  const found = clientOf(id);
  if (found === undefined) throw new Error(id);
  return found;
};

/** A machine that has these files, and the folders above them. */
const machine = (
  platform: NodeJS.Platform,
  files: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): ClientMachine => {
  const { dirname, basename, sep } = platform === 'win32' ? win32 : posix;
  const folders = new Set<string>();
  for (const file of files) for (let at = file; at !== dirname(at); at = dirname(at)) folders.add(at);
  const home =
    platform === 'win32'
      ? { USERPROFILE: 'C:\\Users\\ada' }
      : { HOME: platform === 'darwin' ? '/Users/ada' : '/home/ada' };
  return {
    platform,
    env: { ...home, ...env },
    project: platform === 'win32' ? 'C:\\work' : '/work',
    exists: (path) => folders.has(path.endsWith(sep) ? path.slice(0, -1) : path),
    list: (folder) => [...folders].filter((path) => dirname(path) === folder).map((path) => basename(path)),
  };
};

const target = (id: string, on: ClientMachine): string | undefined => targetFile(client(id), 'user', on)?.path;

describe('the file that the hub is written into', () => {
  test.each([
    ['claude-desktop', '/home/ada/.config/Claude/claude_desktop_config.json'],
    ['claude-code', '/home/ada/.claude.json'],
    ['cursor', '/home/ada/.cursor/mcp.json'],
    ['vscode', '/home/ada/.config/Code/User/mcp.json'],
    ['windsurf', '/home/ada/.codeium/windsurf/mcp_config.json'],
    ['codex', '/home/ada/.codex/config.toml'],
    ['gemini', '/home/ada/.gemini/settings.json'],
    ['zed', '/home/ada/.config/zed/settings.json'],
    ['opencode', '/home/ada/.config/opencode/opencode.jsonc'],
    ['cline', '/home/ada/.cline/data/settings/cline_mcp_settings.json'],
    ['continue', '/home/ada/.continue/config.yaml'],
  ])('of %s on Linux is %s', (id, path) => {
    expect(target(id, machine('linux'))).toBe(path);
  });

  test.each([
    ['claude-desktop', '/Users/ada/Library/Application Support/Claude/claude_desktop_config.json'],
    ['vscode', '/Users/ada/Library/Application Support/Code/User/mcp.json'],
    ['zed', '/Users/ada/.config/zed/settings.json'],
    ['opencode', '/Users/ada/.config/opencode/opencode.jsonc'],
  ])('of %s on macOS is %s', (id, path) => {
    expect(target(id, machine('darwin'))).toBe(path);
  });

  test.each([
    ['claude-desktop', 'C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json'],
    ['claude-code', 'C:\\Users\\ada\\.claude.json'],
    ['vscode', 'C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\mcp.json'],
    ['zed', 'C:\\Users\\ada\\AppData\\Roaming\\Zed\\settings.json'],
    ['codex', 'C:\\Users\\ada\\.codex\\config.toml'],
  ])('of %s on Windows is %s', (id, path) => {
    expect(target(id, machine('win32'))).toBe(path);
  });

  test('of the Store build of Claude Desktop lies in its package, whatever lies in %APPDATA%', () => {
    const packages = 'C:\\Users\\ada\\AppData\\Local\\Packages';
    const store = `${packages}\\Claude_pzs8sxrjxfjjc`;
    const ignored = 'C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json';
    const on = machine('win32', [store, `${packages}\\Other_123`, ignored]);
    expect(target('claude-desktop', on)).toBe(`${store}\\LocalCache\\Roaming\\Claude\\claude_desktop_config.json`);
    expect(existingFiles(client('claude-desktop'), on).map(({ path }) => path)).toEqual([ignored]);
    expect(isInstalled(client('claude-desktop'), on)).toBe(true);
  });

  test.each([
    ['codex', { CODEX_HOME: '/etc/codex' }, '/etc/codex/config.toml'],
    ['claude-code', { CLAUDE_CONFIG_DIR: '/etc/claude' }, '/etc/claude/.claude.json'],
    ['gemini', { GEMINI_CLI_HOME: '/etc/g' }, '/etc/g/.gemini/settings.json'],
    ['opencode', { OPENCODE_CONFIG: '/etc/oc.json' }, '/etc/oc.json'],
    ['claude-desktop', { XDG_CONFIG_HOME: '/etc/xdg' }, '/etc/xdg/Claude/claude_desktop_config.json'],
    ['codex', { CODEX_HOME: 'relative' }, '/home/ada/.codex/config.toml'],
  ])('of %s obeys the variables of the client: %j', (id, env, path) => {
    expect(target(id, machine('linux', ['/home/ada/.codex/config.toml'], env))).toBe(path);
  });

  test('is the one that exists, else the one whose folder exists', () => {
    const insiders = '/home/ada/.config/Code - Insiders/User';
    expect(target('vscode', machine('linux', [insiders]))).toBe(`${insiders}/mcp.json`);
    const json = '/home/ada/.config/opencode/opencode.json';
    expect(target('opencode', machine('linux', [json]))).toBe(json);
  });
});

describe('a client', () => {
  test('is found in all its files, those of profiles and of this folder too', () => {
    const user = '/home/ada/.config/Code/User';
    const files = [
      `${user}/mcp.json`,
      `${user}/profiles/-7a1/mcp.json`,
      `${user}/profiles/b2/mcp.json`,
      '/work/.vscode/mcp.json',
    ];
    const found = existingFiles(client('vscode'), machine('linux', files));
    expect(found.map(({ path }) => path)).toEqual(files);
  });

  test('is here by a folder of its own, or by its program on the PATH', () => {
    expect(isInstalled(client('gemini'), machine('linux'))).toBe(false);
    expect(isInstalled(client('gemini'), machine('linux', ['/home/ada/.gemini']))).toBe(true);
    expect(isInstalled(client('gemini'), machine('linux', ['/opt/bin/gemini'], { PATH: '/usr/bin:/opt/bin' }))).toBe(
      true,
    );
    const npm = 'C:\\npm\\gemini.cmd';
    expect(isInstalled(client('gemini'), machine('win32', [npm], { Path: 'C:\\npm' }))).toBe(true);
  });

  test('is not here by a file of this folder alone', () => {
    expect(isInstalled(client('cursor'), machine('linux', ['/work/.cursor/mcp.json']))).toBe(false);
  });
});

test('every word means one client', () => {
  const words = CLIENTS.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(new Set(words).size).toBe(words.length);
  for (const { id, name } of CLIENTS) expect([clientOf(name)?.id, clientOf(id.toUpperCase())?.id]).toEqual([id, id]);
  expect(clientOf('nobody')).toBeUndefined();
});
