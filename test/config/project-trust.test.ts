// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { HubConfig, StdioSettings } from '../../src/config/hub-config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { locateConfig } from '../../src/config/locate.ts';
import { readProject } from '../../src/config/project-source.ts';
import { readLocated } from '../../src/config/read-config.ts';
import { trustProject } from '../../src/config/trust.ts';
import { createFolder, type Folder } from './folder.ts';

interface Project {
  readonly home: Folder;
  readonly env: NodeJS.ProcessEnv;
  readonly write: (config: unknown) => Promise<string>;
  readonly trust: () => Promise<void>;
  /** The settings of the server `s`, as it would be started from a folder of the project. */
  readonly started: () => Promise<StdioSettings | undefined>;
  /** Why the project is ignored; undefined where it counts. */
  readonly ignored: () => Promise<string | undefined>;
}

/** A home with a user's own server `mine`, and a project with a folder in it where the hub is started. */
const createProject = async (variables: NodeJS.ProcessEnv = {}): Promise<Project> => {
  const home = await createFolder();
  const env = { HOME: home.path, ...variables };
  await mkdir(home.at('p/sub/deep'), { recursive: true });
  await home.write('.config/mcp-hub/config.json', JSON.stringify({ mcpServers: { mine: { command: 'mine' } } }));
  const file = home.at('p/.mcp-hub.json');
  const where = { env, cwd: home.at('p/sub/deep') };
  return {
    home,
    env,
    write: (config) => home.write('p/.mcp-hub.json', JSON.stringify(config)),
    trust: async () => trustProject(await readProject(file), env),
    started: async () => settingsOf(await loadConfig(where)),
    ignored: async () => (await locateConfig(where)).ignoredBecause,
  };
};

const settingsOf = ({ upstreams }: HubConfig): StdioSettings | undefined => {
  const transport = upstreams.find(({ name }) => name === 's')?.transport;
  return transport?.type === 'stdio' ? transport : undefined;
};

const server = (entry: object, hub: object = {}): object => ({ mcpServers: { s: entry }, hub });

describe('a trusted project', () => {
  test.each([
    ['none', undefined, 'p'],
    ['an empty one', '${NONE:-}', 'p'],
    ['a relative one', 'tools', 'p/tools'],
    ['the folder of the workspace', '${workspaceFolder}/x', 'p/x'],
    ['an absolute one', '/srv', '/srv'],
  ])(
    'runs its servers in its own folder, wherever the hub is started, with %s declared',
    async (_what, cwd, expected) => {
      const { home, write, trust, started } = await createProject();
      await write(server({ command: './server.sh', ...(cwd !== undefined && { cwd }) }));
      await trust();
      expect((await started())?.cwd).toBe(expected.startsWith('/') ? expected : home.at(expected));
    },
  );

  test('leaves the directory of the own servers of the user as it is', async () => {
    const { home, env } = await createProject();
    const { upstreams } = await loadConfig({ env, cwd: home.at('p') });
    expect(upstreams[0]?.transport).toEqual({ type: 'stdio', command: 'mine', args: [], env: {} });
  });

  test('replaces a server of the user as a whole, and adds nothing to it', async () => {
    const { write, trust, started, env, home } = await createProject();
    await home.write(
      '.config/mcp-hub/config.json',
      JSON.stringify({ mcpServers: { s: { command: 'mine', env: { TOKEN: 'mine' } } } }),
    );
    await write(server({ command: 'theirs' }));
    expect((await started())?.command).toBe('mine');
    await trust();
    expect(await started()).toMatchObject({ command: 'theirs', env: {} });
    expect((await loadConfig({ env, cwd: home.path })).upstreams[0]?.transport).toMatchObject({ command: 'mine' });
  });

  test('is another server than one of the same words in another project', async () => {
    const { home, env, write, trust } = await createProject();
    const file = await home.write('q/.mcp-hub.json', JSON.stringify(server({ command: 'node', args: ['./s.js'] })));
    await trustProject(await readProject(file), env);
    await write(server({ command: 'node', args: ['./s.js'] }));
    await trust();
    const hashes = await Promise.all(
      ['p', 'q'].map(async (name) => (await loadConfig({ env, cwd: home.at(name) })).upstreams[0]?.hash),
    );
    expect(new Set(hashes).size).toBe(2);
  });

  test('takes nothing from a file that it names as an import', async () => {
    const { home, write, trust, env } = await createProject();
    await home.write('p/more.json', JSON.stringify(server({ command: 'imported' })));
    await home.write('p/more.cjs', `require('node:fs').writeFileSync(${JSON.stringify(home.at('pwn'))}, '')`);
    for (const names of ['./more.json', ['./more.json', './more.cjs']]) {
      const keys = { $import: names, extends: names, include: names, imports: names };
      await write({ ...keys, mcpServers: { own: { command: 'x', ...keys } }, hub: { ...keys } });
      await trust();
      const { upstreams } = await loadConfig({ env, cwd: home.at('p') });
      expect(upstreams.map(({ name }) => name)).toEqual(['own']);
    }
    await expect(rm(home.at('pwn'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('that is reached by a symbolic link runs in its real folder', async () => {
    const { home, env, write, trust } = await createProject();
    await write(server({ command: './s.sh' }));
    await trust();
    await symlink(home.at('p'), home.at('link'));
    const config = await loadConfig({ env, cwd: home.at('link') });
    expect(settingsOf(config)?.cwd).toBe(home.at('p'));
    await rm(home.at('link'));
    await home.write('evil/.mcp-hub.json', JSON.stringify(server({ command: './s.sh' })));
    await symlink(home.at('evil'), home.at('link'));
    expect((await locateConfig({ env, cwd: home.at('link') })).ignoredBecause).toContain('ignored until it is trusted');
  });

  test('that was moved, with all that is in it, is not trusted there', async () => {
    const { home, env, write, trust } = await createProject();
    await write(server({ command: './s.sh' }));
    await trust();
    await rename(home.at('p'), home.at('moved'));
    expect((await locateConfig({ env, cwd: home.at('moved') })).source).toBe('user');
  });
});

describe('what a trusted project takes from other files', () => {
  const through = (text: string): [string, object] => [text, { command: text }];
  test.each([
    through('${file:part.txt}'),
    through('${file:../part.txt}'),
    through('${NONE:-${file:part.txt}}'),
    through('${env:NONE:-${NONE:-x${file:part.txt}}}'),
    ['an argument', { command: 'x', args: ['-c', '${file:part.txt}'] }],
    ['the directory', { command: 'x', cwd: '${file:part.txt}' }],
    ['NODE_OPTIONS', { command: 'x', env: { NODE_OPTIONS: '${file:part.txt}' } }],
    ['GIT_ASKPASS', { command: 'x', env: { GIT_ASKPASS: '${file:part.txt}' } }],
    ['a plain variable', { command: 'x', env: { CONFIG: '${file:part.txt}' } }],
    ...[
      'AWS_SHARED_CREDENTIALS_FILE',
      'GOOGLE_APPLICATION_CREDENTIALS',
      'TOKEN_URL',
      'TOKEN_URI',
      'SECRET_PATH',
      'SECRETS_DIR',
      'AUTH_ENDPOINT',
      'CREDENTIAL_HELPER',
      'SSH_AUTH_SOCK',
      'AUTH_OPTIONS',
    ].map((name): [string, object] => [name, { command: 'x', env: { [name]: '${file:part.txt}' } }]),
  ])('is asked about again when it changes: %s', async (_where, entry) => {
    const { home, write, trust, ignored } = await createProject();
    const change = async (text: string): Promise<void> => {
      await home.write('p/part.txt', text);
      await home.write('part.txt', text);
    };
    await change('one');
    await write(server(entry));
    await trust();
    expect(await ignored()).toBeUndefined();
    await change('two');
    expect(await ignored()).toContain('server "s" was changed');
    await change('one');
    expect(await ignored()).toBeUndefined();
  });

  test.each([
    ['the command', { command: '${PART}' }],
    ['a default in it', { command: '${NONE:-${PART}}' }],
    ['an argument', { command: 'x', args: ['${env:PART}'] }],
    ['an input', { command: 'x', args: ['${input:part}'] }],
    ['LD_PRELOAD', { command: 'x', env: { LD_PRELOAD: '${PART}' } }],
    ['a variable that is passed by its name', { command: 'x', env_vars: ['PART'] }],
  ])('is asked about again when hub.envFile has another value for %s', async (_where, entry) => {
    const { home, write, trust, ignored } = await createProject();
    const change = (value: string) =>
      home.write('p/.env', `PART=${value}\nMCP_HUB_INPUT_PART=${value}\nOTHER=${value}\n`);
    await change('one');
    await write(server(entry, { envFile: '.env' }));
    await trust();
    await home.write('p/.env', 'PART=one\nMCP_HUB_INPUT_PART=one\nOTHER=three\n');
    expect(await ignored()).toBeUndefined();
    await change('two');
    expect(await ignored()).toContain('server "s" was changed');
  });

  test('is asked about again when hub.envFile is another file, of the same content too', async () => {
    const { home, write, trust, ignored } = await createProject();
    for (const name of ['.env', 'other.env']) await home.write(`p/${name}`, 'PART=one\n');
    await write(server({ command: '${PART}' }, { envFile: '.env' }));
    await trust();
    await write(server({ command: '${PART}' }, { envFile: 'other.env' }));
    expect(await ignored()).toContain('its "hub" settings were changed');
  });

  test('is not asked about for a new token, but for a file that has come to lead to another secret', async () => {
    const { home, write, trust, ignored, started } = await createProject();
    await home.write('p/token', 'one');
    await home.write('p/.env', 'KEPT=one\n');
    const secret = { API_TOKEN: '${file:token}', OTHER_TOKEN: '${KEPT}' };
    await write(server({ command: 'x', env: secret }, { envFile: '.env' }));
    await trust();
    await home.write('p/token', 'two');
    await home.write('p/.env', 'KEPT=two\n');
    expect((await started())?.env).toEqual({ API_TOKEN: 'two', OTHER_TOKEN: 'two' });
    await home.write('.ssh/id', 'KEPT=private\n');
    for (const name of ['token', '.env']) {
      const kept = home.at(`p/${name}`);
      await rename(kept, home.at('aside'));
      await symlink(home.at('.ssh/id'), kept);
      expect(await ignored()).toContain('server "s" was changed');
      await rename(home.at('aside'), kept);
    }
    expect(await ignored()).toBeUndefined();
  });

  test.each(['API_KEY', 'apiKey', 'X_SECRET', 'DB_PASSWORD', 'x-api-key', 'Proxy-Authorization'])(
    'is not asked about when it is the value of %s',
    async (name) => {
      const { home, write, trust, ignored } = await createProject();
      await home.write('p/part.txt', 'one');
      await write(server({ command: 'x', env: { [name]: '${file:part.txt}' } }));
      await trust();
      await home.write('p/part.txt', 'two');
      expect(await ignored()).toBeUndefined();
    },
  );

  test('is what was judged, whatever stands in the files a moment later', async () => {
    const { home, env, write, trust } = await createProject();
    await home.write('p/part.txt', 'good');
    await home.write('p/.env', 'PART=good\n');
    await write(server({ command: '${file:part.txt}', args: ['${PART}'] }, { envFile: '.env' }));
    await trust();
    const options = { env, cwd: home.at('p') };
    const location = await locateConfig(options);
    await write(server({ command: 'evil' }));
    await writeFile(home.at('p/part.txt'), 'evil');
    await writeFile(home.at('p/.env'), 'PART=evil\n');
    expect(location.trusted?.read(home.at('p/part.txt')).text).toBe('good');
    const { config } = await readLocated(location, options);
    expect(settingsOf(config)).toMatchObject({ command: 'good', args: ['good'] });
  });
});

test.each([
  ['its login', { url: 'https://x.dev', auth: { clientMetadataUrl: 'https://y.dev/c.json' } }],
  ['the tools that are shown', { url: 'https://x.dev', includeTools: ['delete_*'] }],
  ['a header', { url: 'https://x.dev', headers: { 'X-To': 'y' } }],
])('a project is asked about again when %s of a server has changed', async (_what, entry) => {
  const { write, trust, ignored } = await createProject();
  await write(server({ url: 'https://x.dev' }));
  await trust();
  await write(server(entry));
  expect(await ignored()).toContain('server "s" was changed');
});

test('a project is not asked about again when an empty block is taken out', async () => {
  const { write, trust, ignored } = await createProject();
  await write({ mcpServers: { s: { command: 'x' } }, hub: {}, inputs: [] });
  await trust();
  await write({ mcpServers: { s: { command: 'x' } } });
  expect(await ignored()).toBeUndefined();
});
