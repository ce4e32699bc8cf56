// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, createCliHome } from './support/cli-home.ts';

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
});
afterEach(() => home.remove());

const set = (name: string, input: string) => home.run(['secret', 'set', name], { input });

describe('secret set', () => {
  test('keeps what is piped in, without the line end of echo, and says how to use it', async () => {
    const { code, stdout, stderr } = await set('github-token', 'CANARY-123456\n');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('set github-token, sealed in ~/state/secrets.json; there is no keychain here');
    expect(stdout).toContain('use   ${keychain:github-token}\n');
    expect(stdout).toContain('undo  mcp-hub secret remove github-token\n');
    expect(stdout).not.toContain('CANARY');
  });

  test('replaces what is there', async () => {
    await set('a', 'one');
    expect((await set('a', 'two')).stdout).toContain('replaced a, ');
    home.writeConfig({ mcpServers: { s: { url: 'https://x.dev/${keychain:a}' } } });
    const shown = await home.json(['config', 'validate', '--json']);
    expect(shown).toMatchObject({ schemaVersion: 1 });
  });

  test.each([
    [['a', 'the-value'], '', 'a secret does not belong on the command line'],
    [['a'], '', 'the value is empty'],
    [['a'], '\n', 'the value is empty'],
    [['a b'], 'x', '"a b" cannot be the name of a secret'],
    [['a}'], 'x', '"a}" cannot be the name of a secret'],
    [['-'], 'x', '"-" cannot be the name of a secret'],
    [['a'], 'x\0y', 'the value is no text of at most 64 KiB'],
    [['a'], 'x'.repeat(70_000), 'the value is no text of at most 64 KiB'],
  ])('refuses %j with %j', async (args, input, message) => {
    const { code, stdout, stderr } = await home.run(['secret', 'set', ...args], { input });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain('  hint: ');
    expect((await home.json(['secret', 'list', '--json']))['secrets']).toEqual([]);
  });
});

describe('secret list', () => {
  test('tells the names and never the values', async () => {
    await set('a', 'CANARY-1');
    await set('b', 'CANARY-2');
    const table = await home.run(['secret', 'list']);
    expect(table.stdout).toMatch(/^SECRET +SET\na +\S.*\nb +\S.*\n2 secrets, sealed in/);
    const json = await home.run(['secret', 'list', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ secrets: [{ name: 'a' }, { name: 'b' }], keyPlace: 'file' });
    expect(table.stdout + json.stdout).not.toContain('CANARY');
  });

  test('says what to do where there is none', async () => {
    expect((await home.run(['secret', 'list'])).stdout).toBe(
      'no secrets are kept\n  keep one: mcp-hub secret set NAME\n',
    );
  });
});

describe('secret remove', () => {
  test('forgets it, and names the servers that lack it now', async () => {
    await set('a', 'one');
    home.writeConfig({ mcpServers: { s: { command: 'x', env: { T: '${keychain:a}' } } } });
    const { code, stdout, stderr } = await home.run(['secret', 'remove', 'a']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'removed a\n' });
    expect(stderr).toBe('note: the configuration refers to it still: s\n');
  });

  test('removes all that are named, or none', async () => {
    await set('alpha', 'one');
    const { code, stderr } = await home.run(['secret', 'rm', 'alpha', 'alhpa']);
    expect(code).toBe(4);
    expect(stderr).toBe('error: no secret "alhpa" is kept\n  hint: did you mean "alpha"?\n');
    expect((await home.run(['secret', 'list'])).stdout).toContain('alpha');
  });
});

describe('a reference to a secret', () => {
  const config = { mcpServers: { s: { command: 'x', env: { API_TOKEN: 'Token ${keychain:gh}' } } } };

  test('that is kept is nowhere shown with its value', async () => {
    await set('gh', 'CANARY-123456');
    home.writeConfig(config);
    for (const args of [
      ['list'],
      ['list', '--json'],
      ['get', 's'],
      ['get', 's', '--json'],
      ['get', 's', '--show-secrets'],
      ['config', 'show'],
      ['config', 'show', '--show-secrets'],
    ]) {
      const { stdout, stderr } = await home.run(args);
      expect(stdout + stderr, args.join(' ')).not.toContain('CANARY');
    }
    expect((await home.run(['get', 's'])).stdout).toContain('API_TOKEN=Token ${keychain:gh}');
  });

  test('that is not kept keeps the server from being started, and says the command', async () => {
    home.writeConfig(config);
    expect((await home.run(['list'])).stdout).toContain('needs ${keychain:gh}');
    const { code, stderr } = await home.run(['tools', 's']);
    expect(code).toBe(5);
    expect(stderr).toContain('s is not started: it needs ${keychain:gh}');
    expect(stderr).toContain('hint: run: mcp-hub secret set gh\n');
  });

  test('that cannot be opened is told in one sentence, and the rest is served', async () => {
    await set('gh', 'CANARY-123456');
    home.writeConfig(config);
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(home.stateDir, 'secrets.key'), 'AAAA');
    const { code, stdout, stderr } = await home.run(['list']);
    expect(code).toBe(0);
    expect(stdout).toContain('needs ${keychain:gh}');
    expect(stderr).toMatch(/^warning: .*the secrets in .* cannot be opened: .*has not its key; unlock the keychain/m);
  });
});

test('the file of the secrets has no value in it', async () => {
  await set('gh', 'CANARY-123456');
  expect(readFileSync(join(home.stateDir, 'secrets.json'), 'utf8')).not.toContain('CANARY');
});
