import { describe, expect, test } from 'vitest';
import { launchCommand } from '../../../src/cli/clients/launch-command.ts';

const OPTIONS = {
  env: {},
  platform: 'linux',
  node: '/usr/bin/node',
  script: '/opt/mcp-hub/bin/mcp-hub.js',
  configFile: undefined,
  realPath: (path: string) => path,
} as const;

describe('the command that a client starts', () => {
  test('has absolute paths and nothing else', () => {
    expect(launchCommand(OPTIONS)).toEqual({
      command: '/usr/bin/node',
      args: ['/opt/mcp-hub/bin/mcp-hub.js', 'serve'],
      env: {},
    });
  });

  test('names the Node by the link that outlives its version', () => {
    const node = '/opt/homebrew/Cellar/node/24.1.0/bin/node';
    const links: Record<string, string> = { '/opt/homebrew/bin/node': node, '/tmp/fnm_multishells/1/bin/node': node };
    const env = { PATH: '/tmp/fnm_multishells/1/bin:relative:/opt/homebrew/bin:/usr/bin' };
    const { command } = launchCommand({ ...OPTIONS, node, env, realPath: (path) => links[path] ?? path });
    expect(command).toBe('/opt/homebrew/bin/node');
  });

  test('stays on the Node that runs where the PATH leads to another', () => {
    expect(launchCommand({ ...OPTIONS, env: { PATH: '/usr/local/bin' } }).command).toBe('/usr/bin/node');
  });

  test('is written with the paths of Windows there', () => {
    const node = 'C:\\Program Files\\nodejs\\node.exe';
    const script = 'C:\\Users\\ada\\AppData\\Roaming\\npm\\node_modules\\mcp-hub\\bin\\mcp-hub.js';
    const launch = launchCommand({ ...OPTIONS, platform: 'win32', node, script, env: { Path: 'C:\\Windows' } });
    expect(launch).toEqual({ command: node, args: [script, 'serve'], env: {} });
  });

  test('says which configuration was named', () => {
    expect(launchCommand({ ...OPTIONS, configFile: '/c/hub.json' }).args.slice(1)).toEqual([
      'serve',
      '--config',
      '/c/hub.json',
    ]);
  });

  test.each([
    '/home/ada/.npm/_npx/1a2b/node_modules/mcp-hub/bin/mcp-hub.js',
    'C:\\Users\\ada\\AppData\\Local\\npm-cache\\_npx\\1a2b\\node_modules\\mcp-hub\\bin\\mcp-hub.js',
    '/home/ada/.cache/pnpm/dlx/ab12/node_modules/mcp-hub/bin/mcp-hub.js',
    '/tmp/bunx-1000-mcp-hub/node_modules/mcp-hub/bin/mcp-hub.js',
  ])('is never one in a cache: %s', (script) => {
    expect(() => launchCommand({ ...OPTIONS, script })).toThrow(/cannot be registered from .*: that is a cache/);
  });
});
