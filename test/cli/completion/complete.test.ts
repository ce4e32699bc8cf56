import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { legacyServer } from '../../e2e/support/upstreams.ts';
import { createCliHome } from '../support/cli-home.ts';

const home = createCliHome();
beforeAll(() =>
  home.writeConfig({
    mcpServers: { github: { command: 'gh' }, files: { command: 'files' }, 'e\u001b[2J': { command: 'x' } },
  }),
);
afterAll(() => home.remove());

/** What is proposed for the last word, and what is left to the shell. */
const propose = async (...words: string[]): Promise<{ values: string[]; paths: string }> => {
  const { code, stdout, stderr } = await home.run(['__complete', '--', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  return { values: lines.slice(0, -1).map((line) => line.split('\t')[0] ?? ''), paths: lines.at(-1) ?? '' };
};

describe('verbs', () => {
  test('are proposed by their beginning, with their summary', async () => {
    expect((await propose('re')).values).toEqual(['remove']);
    const { stdout } = await home.run(['__complete', '--', 'doct']);
    expect(stdout).toBe('doctor\tfind what is wrong, and what mends it\n:none\n');
    expect((await propose('')).values).toEqual(expect.arrayContaining(['serve', 'add', 'list', 'logs', 'config']));
  });

  test('that are not for people are not proposed', async () => {
    expect((await propose('__')).values).toEqual([]);
  });

  test('below a verb are proposed', async () => {
    expect((await propose('config', 'v')).values).toEqual(['validate']);
    expect((await propose('help', 'exit')).values).toEqual(['exit-codes']);
    expect((await propose('token', '')).values).toEqual(['rotate']);
  });

  test('are found after "mcp" too, and by their second name', async () => {
    expect((await propose('mcp', 'remo')).values).toEqual(['remove']);
    expect((await propose('rm', 'gi')).values).toEqual(['github']);
  });
});

describe('options', () => {
  test('of a verb are proposed, each once unless it can be repeated', async () => {
    expect((await propose('list', '--c')).values).toEqual(['--check', '--config']);
    expect((await propose('list', '--check', '--c')).values).toEqual(['--config']);
    expect((await propose('add', '-e', 'A=1', '--e')).values).toContain('--env');
  });

  test('have their values proposed, whichever way the shell splits them', async () => {
    expect((await propose('serve', '--log-level', 'w')).values).toEqual(['warning']);
    expect((await propose('serve', '--log-level=w')).values).toEqual(['--log-level=warning']);
    expect((await propose('serve', '--log-level', '=', 'w')).values).toEqual(['warning']);
    expect((await propose('add', '-t', '')).values).toEqual(['stdio', 'http', 'sse']);
    expect(await propose('--config', '')).toEqual({ values: [], paths: ':files' });
    expect(await propose('add', '--cwd', '')).toEqual({ values: [], paths: ':dirs' });
  });
});

describe('servers', () => {
  test.each(['get', 'remove', 'enable', 'disable', 'tools'])('are proposed for %s', async (verb) => {
    expect((await propose(verb, '')).values).toEqual(expect.arrayContaining(['github', 'files']));
  });

  test('are proposed again where several can be named', async () => {
    expect((await propose('remove', 'github', 'f')).values).toEqual(['files']);
    expect((await propose('get', 'github', 'f')).values).toEqual([]);
  });

  test('whose names would steer the terminal are not proposed', async () => {
    expect((await propose('get', 'e')).values).toEqual([]);
  });

  test('of the file that was named are proposed', async () => {
    expect((await propose('get', '--config', '/no/such/file', '')).values).toEqual([]);
  });
});

describe('tools', () => {
  const kept = createCliHome();
  afterAll(() => kept.remove());
  const proposed = async (...words: string[]): Promise<string[]> => {
    const { stdout, stderr } = await kept.run(['__complete', '--', ...words]);
    expect(stderr).toBe('');
    return stdout.trimEnd().split('\n').slice(0, -1);
  };

  test('are proposed as clients see them, once a server has offered them, and no server is started for that', async () => {
    const trace = kept.file('started');
    const other = { command: process.execPath, args: ['-e', `require('node:fs').writeFileSync('${trace}', '')`] };
    const config = { mcpServers: { talk: legacyServer('talk'), other } };
    kept.writeConfig(config);
    expect(await proposed('call', 'talk')).toEqual([]);
    expect(existsSync(kept.stateDir)).toBe(false);
    kept.writeConfig({ mcpServers: { talk: legacyServer('talk') } });
    // It waits for all that a server offers, which is kept as a whole.
    expect(await kept.run(['list', '--check'])).toMatchObject({ code: 0 });
    kept.writeConfig(config);
    for (const words of [['call'], ['route'], ['logs', '--tool'], ['tools']])
      expect(await proposed(...words, 'talk__ec'), words.join(' ')).toEqual(['talk__echo']);
    expect(await proposed('tools', 'tal')).toContain('talk');
    kept.writeConfig({ ...config, hub: { servers: { talk: { prefix: 'say', tools: { exclude: ['slow'] } } } } });
    expect(await proposed('call', 'say__')).toContain('say__echo');
    expect(await proposed('call', 'say__')).not.toContain('say__slow');
    expect(existsSync(trace)).toBe(false);
  });
});

test('clients are proposed where the hub is registered in them', async () => {
  expect((await propose('install', 'cur')).values).toEqual(['cursor']);
  expect((await propose('import', 'claude')).values).toEqual(['claude-desktop', 'claude-code']);
});

test('the command of a server that is added is completed with files', async () => {
  expect(await propose('add', 'x', '--', 'np')).toEqual({ values: [], paths: ':files' });
  expect(await propose('add', 'x', 'npx', '-y', '')).toEqual({ values: [], paths: ':files' });
  expect(await propose('add', 'x')).toEqual({ values: [], paths: ':none' });
});

test('an empty word can be told by an option, for shells that lose it', async () => {
  const { stdout } = await home.run(['__complete', '--empty', '--', 'token']);
  expect(stdout).toBe('rotate\n:none\n');
});
