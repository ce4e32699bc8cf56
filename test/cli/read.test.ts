// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, createCliHome } from './support/cli-home.ts';

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
});
afterEach(() => home.remove());

const SECRETS = {
  mcpServers: {
    local: {
      command: 'npx',
      args: ['-y', 'srv', '--api-key', 's3cret', '--db', 'postgres://me:pw@h/db', '--ref', '${DB}'],
      env: { TOKEN: 'hush', REF: '${TOKEN}' },
      'x-token': 'deep',
    },
    remote: {
      url: 'https://me:pw@x.dev/mcp?api_key=s3cret&page=2',
      headers: { Authorization: 'Bearer hush', 'X-Ref': 'Bearer ${TOKEN}' },
    },
  },
};
const ENV = { TOKEN: 'from-the-environment', DB: 'db-from-the-environment' };
const SECRET = /s3cret|hush|pw@|deep|from-the-environment/;

describe('secrets', () => {
  test.each([
    ['get', 'local'],
    ['get', 'local', '--json'],
    ['get', 'remote'],
    ['get', 'remote', '--json'],
    ['list'],
    ['list', '--json'],
    ['config', 'show'],
    ['config', 'validate', '--json'],
  ])('are not printed by %s %s %s', async (...args) => {
    home.writeConfig(SECRETS);
    const { code, stdout, stderr } = await home.run(
      args.filter((arg) => arg !== undefined),
      { env: ENV },
    );
    expect(code).toBe(0);
    expect(stdout + stderr).not.toMatch(SECRET);
  });

  test('are hidden where they stand; references and everything else are shown as they are', async () => {
    home.writeConfig(SECRETS);
    const { stdout } = await home.run(['get', 'local'], { env: ENV });
    expect(stdout).toContain('npx -y srv --api-key *** --db postgres://me:***@h/db --ref ${DB}\n');
    expect(stdout).toContain('TOKEN=***\n');
    expect(stdout).toContain('REF=${TOKEN}\n');
    const remote = await home.json(['get', 'remote', '--json'], { env: ENV });
    expect(remote['transport']).toEqual({
      type: 'http',
      url: 'https://me:***@x.dev/mcp?api_key=***&page=2',
      headers: { Authorization: '***', 'X-Ref': 'Bearer ${TOKEN}' },
    });
  });

  test('are printed with --show-secrets, and references still are not filled in', async () => {
    home.writeConfig(SECRETS);
    const { stdout } = await home.run(['get', 'local', '--show-secrets'], { env: ENV });
    expect(stdout).toContain('--api-key s3cret');
    expect(stdout).toContain('TOKEN=hush\n');
    expect(stdout).toContain('REF=${TOKEN}\n');
    const { entry } = await home.json(['get', 'local', '--show-secrets', '--json']);
    expect(entry).toEqual(SECRETS.mcpServers.local);
  });
});

describe('list', () => {
  test('without a configuration says how to begin', async () => {
    expect(await home.run(['list'])).toEqual({
      code: 0,
      stdout: 'no servers yet\n  add one: mcp-hub add NAME -- COMMAND, or: mcp-hub add NAME URL\n',
      stderr: '',
    });
    expect(await home.json(['ls', '--json'])).toEqual({ schemaVersion: 1, configFiles: [], servers: [], problems: [] });
  });

  test('names the variable that a server needs, and the servers that are switched off, new or wrong', async () => {
    const gh = { command: 'gh', env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } };
    home.writeConfig({ mcpServers: { gh, off: { command: 'x', disabled: true }, fresh: { command: 'y' }, wrong: {} } });
    const { code, stdout } = await home.run(['list']);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'SERVER  STATUS    TOOLS  TOKENS  CALLS  SEEN  CACHED  TYPE   COMMAND OR URL',
      'gh      unset         -       -      -  -     -       stdio  gh',
      '  needs GITHUB_TOKEN',
      'off     disabled      -       -      -  -     -       stdio  x',
      'fresh   new           -       -      -  -     -       stdio  y',
      'wrong   invalid       -       -      -  -     -       -',
      expect.stringMatching(/^ {2}.*it has neither "command" nor "url"$/),
      '',
    ]);
  });

  test('has one shape in JSON', async () => {
    const gh = { command: 'gh', env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } };
    home.writeConfig({ mcpServers: { gh, off: { url: 'https://x.dev/mcp', disabled: true } } });
    const result = await home.json(['list', '--json']);
    expect(Object.keys(result)[0]).toBe('schemaVersion');
    const source = { scope: 'user', path: home.configFile };
    expect(result).toEqual({
      schemaVersion: 1,
      configFiles: [home.configFile],
      servers: [
        {
          name: 'gh',
          enabled: true,
          transport: { type: 'stdio', command: 'gh', args: [], env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } },
          source,
          status: 'needs_variables',
          missingVariables: ['GITHUB_TOKEN'],
          reason: 'needs GITHUB_TOKEN',
        },
        {
          name: 'off',
          enabled: false,
          transport: { type: 'http', url: 'https://x.dev/mcp', headers: {} },
          source,
          status: 'disabled',
        },
      ],
      problems: [],
    });
  });

  test('fits into the terminal: it leaves out what is less asked for, cuts commands, and breaks lines at words', async () => {
    const long = { command: 'npx', args: ['-y', `@scope/${'long-'.repeat(20)}name`] };
    const needy = { command: 'x', env: { A: '${FIRST_VARIABLE}', B: '${SECOND_VARIABLE}', C: '${THIRD_VARIABLE}' } };
    home.writeConfig({ mcpServers: { long, needy } });
    const { stdout } = await home.run(['list'], { width: 60 });
    expect(stdout.split('\n')).toEqual([
      'SERVER  STATUS  TOOLS  TOKENS  TYPE   COMMAND OR URL',
      'long    new         -       -  stdio  npx -y @scope/long-lo...',
      'needy   unset       -       -  stdio  x',
      '  needs FIRST_VARIABLE, SECOND_VARIABLE, THIRD_VARIABLE',
      '',
    ]);
    const narrow = await home.run(['list'], { width: 40 });
    expect(narrow.stdout).toContain('\n  needs FIRST_VARIABLE, SECOND_VARIABLE,\n  THIRD_VARIABLE\n');
    const piped = await home.run(['list']);
    expect(piped.stdout).toContain(`npx -y @scope/${'long-'.repeat(20)}name\n`);
  });

  test('shows names of others printable', async () => {
    home.writeConfig({ mcpServers: { 'a\u202eb': { command: 'x\u001b[2J' } } });
    const { stdout } = await home.run(['list']);
    expect(stdout).toContain('a\\u202eb');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('config', () => {
  test('validate gives file, line and column, and exit code 3 when something is not served', async () => {
    home.writeConfig('{\n  "mcpServers": {\n    "a": { "comand": "x" }\n  },\n  "hub": { "separatr": "." }\n}\n');
    const { code, stdout } = await home.run(['config', 'validate']);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^skipped: ~\/config\/mcp-hub\/config\.json:3:5: /m);
    expect(stdout).toMatch(/^warning: ~\/config\/mcp-hub\/config\.json:5:12: .*separatr/m);
    const result = await home.json(['config', 'validate', '--json']);
    expect(result).toMatchObject({ schemaVersion: 1, isValid: false, files: [home.configFile] });
    expect(result['problems']).toContainEqual(
      expect.objectContaining({ severity: 'skipped', place: { file: home.configFile, line: 3, column: 5 } }),
    );
  });

  test('validate tells of a syntax error, a missing file, and of nothing wrong', async () => {
    home.writeConfig('{ "mcpServers": { "a": } }');
    expect(await home.run(['config', 'validate'])).toMatchObject({ code: 3, stdout: expect.stringMatching(/:1:24: /) });
    expect((await home.run(['config', 'validate', '--config', 'missing.json'])).code).toBe(3);
    home.writeConfig({ mcpServers: { a: { command: 'x' } } });
    expect(await home.run(['config', 'validate'])).toEqual({
      code: 0,
      stdout: '~/config/mcp-hub/config.json is valid: 1 server, 0 routes\n',
      stderr: '',
    });
  });

  test('a configuration that cannot be read ends every verb with exit code 3', async () => {
    home.writeConfig('nonsense {');
    for (const args of [['list'], ['get', 'a'], ['tools'], ['call', 'a__b'], ['config', 'show'], ['add', 'x', 'npx']]) {
      const { code, stderr } = await home.run(args);
      expect({ args, code, isTold: stderr.startsWith('error: ') }).toEqual({ args, code: 3, isTold: true });
    }
  });

  test('a project that nobody trusts is named by every command that would look into it', async () => {
    writeFileSync(`${home.work}/.mcp-hub.json`, '{"mcpServers":{"a":{"command":"npx"}}}');
    for (const args of [['list'], ['tools'], ['get', 'a'], ['call', 'a.b']]) {
      const { stderr } = await home.run(args);
      expect({ args, stderr }).toEqual({
        args,
        stderr: expect.stringMatching(
          /^warning: \S+mcp-hub\.json:1:1: a project's file is ignored until it is trusted/,
        ),
      });
    }
  });

  test('path says which file is read, and why', async () => {
    expect((await home.run(['config', 'path'])).stdout).toMatch(
      /^config +none yet; .*~\/config\/mcp-hub\/config\.json$/m,
    );
    home.writeConfig({});
    writeFileSync(`${home.work}/.mcp-hub.json`, '{}');
    const { stdout } = await home.run(['config', 'path']);
    expect(stdout).toMatch(/^config +~\/config\/mcp-hub\/config\.json$/m);
    expect(stdout).toMatch(
      /^ignored +~\/work\/\.mcp-hub\.json\nbecause +a project's file is ignored until it is trusted/m,
    );
    expect(stdout).toMatch(/^state +~\/state$/m);
    expect(await home.json(['--config', 'x.json', 'config', 'path', '--json'])).toMatchObject({
      schemaVersion: 1,
      file: `${home.work}/x.json`,
      source: 'option',
    });
    const env = { MCP_HUB_CONFIG: `${home.work}/y.json` };
    expect((await home.run(['config', 'path'], { env })).stdout).toMatch(/y\.json \(there is no such file\)$/m);
    expect(await home.json(['config', 'path', '--json'], { env })).toMatchObject({ source: 'environment' });
  });

  test('show prints JSON in lines, in which nothing steers a terminal', async () => {
    home.writeConfig({ mcpServers: { a: { command: 'x\u001b[2J' } } });
    const { stdout } = await home.run(['config', 'show'], { isTerminal: true });
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, upstreams: [{ name: 'a' }] });
    expect(stdout).toMatch(/^\{\n {2}"schemaVersion": 1,\n/);
    expect(stdout).not.toContain('\u001b');
  });

  test('schema prints a JSON Schema', async () => {
    const { code, stdout } = await home.run(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { hub: expect.anything() } });
  });

  test('--config counts before and after the verb', async () => {
    writeFileSync(`${home.work}/own.json`, '{"mcpServers":{"own":{"command":"x"}}}');
    for (const args of [
      ['--config', 'own.json', 'list', '--json'],
      ['list', '--json', '--config', 'own.json'],
      ['list', '--config=own.json', '--json'],
    ]) {
      expect(await home.json(args)).toMatchObject({ servers: [{ name: 'own', source: { scope: 'file' } }] });
    }
    expect((await home.run(['config', '--config', 'own.json', 'show'])).stdout).toContain('"own"');
  });
});
