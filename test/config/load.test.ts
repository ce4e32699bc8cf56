// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are part of configurations.
import { chmod } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createFolder, loadText, problemsOf } from './folder.ts';

const CONFIG = `{
  // Two servers.
  "mcpServers": {
    "math": { "command": "math" },
    "docs": { "url": "https://docs.example.com/mcp" }
  },
  "hub": {
    "servers": {
      "math": { "prefix": "m", "tools": { "exclude": ["div*"] }, "timeouts": { "callMs": 5 } },
    },
    "routes": [{ "match": "m_*", "kind": "tool", "to": "math" }, { "match": "*", "to": ["docs", "math"] }],
    "timeouts": { "startMs": 7 },
  },
}`;

describe('a sound configuration', () => {
  test('is completed with defaults', async () => {
    const config = await loadText(CONFIG);
    expect(config.problems).toEqual([]);
    expect(config).toMatchObject({
      separator: '__',
      maxNameLength: 54,
      timeouts: { startMs: 7, callMs: 60_000, maxCallMs: 3_600_000, firstListMs: 10_000, graceMs: 10_000 },
      limits: {
        lineBytes: 10_485_760,
        resultBytes: 10_485_760,
        httpBodyBytes: 4_194_304,
        clientQueueBytes: 16_777_216,
        tools: 5_000,
      },
      log: {
        enabled: true,
        payloadBytes: 16_384,
        keepDays: 14,
        maxBytes: 1_073_741_824,
        durability: 'batched',
        onFailure: 'serve',
      },
      cacheRefresh: 'on-use',
    });
    expect(config.upstreams[1]).toMatchObject({
      name: 'docs',
      enabled: true,
      missingVariables: [],
      prefix: 'docs',
      rename: {},
      describe: {},
      tools: { include: [], exclude: [] },
      start: 'lazy',
      idleStopMs: 0,
      protocol: 'auto',
      isolation: 'shared',
      timeouts: { startMs: 7, callMs: 60_000, maxCallMs: 3_600_000 },
      maxConcurrent: 64,
      trusted: false,
      allowPrivate: false,
    });
  });

  test('gives each upstream its own settings', async () => {
    const [math] = (await loadText(CONFIG)).upstreams;
    expect(math).toMatchObject({
      prefix: 'm',
      tools: { include: [], exclude: ['div*'] },
      timeouts: { startMs: 7, callMs: 5 },
    });
  });

  test('takes an empty list of what is let through for nothing', async () => {
    const hub = { servers: { a: { tools: { include: [] }, prompts: { include: ['x'] } } } };
    const [upstream] = (await loadText({ mcpServers: { a: { command: 'x' } }, hub })).upstreams;
    expect(upstream).toMatchObject({ tools: { exclude: ['*'] }, prompts: { include: ['x'], exclude: [] } });
  });

  test('gives routes in their order, with their places', async () => {
    const { routes, files } = await loadText(CONFIG);
    expect(routes).toEqual([
      {
        match: 'm_*',
        kind: 'tool',
        to: ['math'],
        strategy: 'failover',
        place: { file: files[0], line: 11, column: 16 },
      },
      { match: '*', to: ['docs', 'math'], strategy: 'failover', place: { file: files[0], line: 11, column: 66 } },
    ]);
  });

  test('means the same in YAML, places included', async () => {
    const yaml = `
mcpServers:
  math: { command: math, tiemout: 5 }
hub:
  log:
    keepDays: 5
    redact: [pin]
  routes:
    - match: "*"
      to: math
    - to: math
`;
    const config = await loadText(yaml, { name: 'config.yml' });
    expect(config).toMatchObject({
      log: { keepDays: 5, redact: ['pin'] },
      routes: [{ place: { line: 9, column: 7 } }],
    });
    expect(problemsOf(config)).toEqual([
      'warning 3:26 mcpServers.math.tiemout is ignored; did you mean "timeout"?',
      'skipped 11:7 hub.routes[1].match is missing; the route is left out',
    ]);
  });

  test('stretches the time of a call at least to what one call may take', async () => {
    const { timeouts } = await loadText({ hub: { timeouts: { callMs: 7_200_000 } } });
    expect(timeouts).toMatchObject({ callMs: 7_200_000, maxCallMs: 7_200_000 });
  });

  test('takes @default for the list of what is redacted', async () => {
    const { redact } = (await loadText({ hub: { log: { redact: ['pin', '@default', '/x+/i'] } } })).log;
    expect(redact[0]).toBe('pin');
    expect(redact).toContain('*password*');
    expect(redact.at(-1)).toBe('/x+/i');
    expect((await loadText({})).log.redact).toEqual(redact.slice(1, -1));
  });
});

describe('what is wrong is told with its place, and the rest is served', () => {
  test('a wrong setting of the hub leaves its default', async () => {
    const config = await loadText(`{
  "hub": {
    "separator": "..",
    "timeouts": { "callMs": -1, "graceMs": "5s", "startMs": 1.5 },
    "limits": { "lineBytes": 3 },
    "log": { "durability": "batch", "redact": ["a", 5, 6], "keepDays": 1e400 },
    "cache": null,
    "maxNameLength": 99999
  }
}`);
    expect(problemsOf(config)).toEqual([
      'skipped 3:5 hub.separator must be one to eight letters, digits, "_" or "-"; the default counts',
      'skipped 4:19 hub.timeouts.callMs must be at least 1; the default counts',
      'skipped 4:33 hub.timeouts.graceMs must be a number, not a text; the default counts',
      'skipped 4:50 hub.timeouts.startMs must be a whole number; the default counts',
      'skipped 5:17 hub.limits.lineBytes must be at least 1024; the default counts',
      'skipped 6:14 hub.log.durability must be "batched" or "audit"; did you mean "batched"?; the default counts',
      'skipped 6:53 hub.log.redact[1] must be a text in quotes, not a number; the default counts',
      'skipped 6:56 hub.log.redact[2] must be a text in quotes, not a number; the default counts',
      'skipped 6:60 hub.log.keepDays must be a number; the default counts',
      'skipped 8:5 hub.maxNameLength must be at most 128; the default counts',
    ]);
    expect(config).toMatchObject({ separator: '__', timeouts: { callMs: 60_000 }, log: { keepDays: 14 } });
    expect(config.log.redact.length).toBeGreaterThan(20);
  });

  test('a wrong setting of a server leaves the server out: a filter must not fail open', async () => {
    const config = await loadText(`{
  "mcpServers": { "a": { "command": "x" }, "b": { "command": "x" } },
  "hub": { "servers": {
    "a": { "tools": { "exclude": "delete_*" }, "idleStopMs": -1 },
    "b": { "timeouts": { "callMs": 0 } } } }
}`);
    expect(config.upstreams).toEqual([]);
    expect(problemsOf(config)).toEqual([
      'skipped 4:23 hub.servers.a.tools.exclude must be a list, not a text; server "a" is left out',
      'skipped 5:26 hub.servers.b.timeouts.callMs must be at least 1; server "b" is left out',
    ]);
    expect(config.problems.map(({ upstream }) => upstream)).toEqual(['a', 'b']);
  });

  test('unknown keys are warnings with what may have been meant', async () => {
    const config = await loadText(`{
  "mcpServer": {},
  "hub": {
    "separater": "_", "colour": "red",
    "servers": { "mth": {}, "math": { "prefx": "m" } },
    "timeouts": { "callms": 5 },
    "routes": [{ "match": "*", "to": "math", "kinds": "tool" }]
  },
  "mcpServers": { "math": { "command": "x" } }
}`);
    expect(problemsOf(config)).toEqual([
      'warning 2:3 mcpServer is not known here and is ignored; did you mean "mcpServers"?',
      'warning 4:5 hub.separater is not a setting of the hub and is ignored; did you mean "separator"?',
      'warning 4:23 hub.colour is not a setting of the hub and is ignored',
      'warning 5:18 hub.servers.mth is for a server that is not configured; did you mean "math"?',
      'warning 5:39 hub.servers.math.prefx is not a setting of the hub and is ignored; did you mean "prefix"?',
      'warning 6:19 hub.timeouts.callms is not a setting of the hub and is ignored; did you mean "callMs"?',
      'warning 7:46 hub.routes[0].kinds is not a setting of the hub and is ignored; did you mean "kind"?',
    ]);
    expect(config.routes).toHaveLength(1);
  });

  test("another program's file with many keys is told in one sentence", async () => {
    const file = { a: 1, b: 2, c: 3, d: 4, e: 5, mcpServers: {} };
    expect(problemsOf(await loadText(file))).toEqual([
      'warning 1:2 5 keys beside the servers are ignored: a, b, c ...',
    ]);
  });

  test('a key that is given twice is told, and the last counts', async () => {
    const config = await loadText(`{ "mcpServers": { "a": { "command": "1" }, "a": { "command": "2" } } }`);
    expect(config.upstreams[0]?.transport).toMatchObject({ command: '2' });
    expect(problemsOf(config)).toEqual(['warning 1:44 mcpServers.a is given twice; the last one counts: remove one']);
  });

  test('names that are none are left out', async () => {
    const entry = { command: 'x' };
    const config = await loadText({
      mcpServers: { '': entry, ' ': entry, 'a\u001b[31m': entry, 'my server': entry, ünï: entry },
    });
    expect(config.upstreams.map(({ name }) => name)).toEqual(['my server', 'ünï']);
    expect(config.problems.map(({ message }) => message)).toEqual([
      'a server is left out: it has no name',
      'a server is left out: it has no name',
      'server "a\\u001b[31m" is left out: its name has control characters',
    ]);
  });

  test('names that differ only in case are told', async () => {
    const config = await loadText({ mcpServers: { GitHub: { command: 'x' }, github: { command: 'y' } } });
    expect(config.upstreams).toHaveLength(2);
    expect(problemsOf(config)).toEqual([
      'warning 1:41 the names "GitHub" and "github" differ only in upper and lower case; rename one',
    ]);
  });

  test('two servers with one prefix are told', async () => {
    const config = await loadText({
      mcpServers: {
        a: { command: 'x' },
        b: { command: 'y' },
        c: { command: 'z' },
        off: { command: 'z', disabled: true },
      },
      hub: { servers: { a: { prefix: 'p' }, b: { prefix: 'p' }, c: { prefix: '' }, off: { prefix: 'p' } } },
    });
    expect(config.problems.map(({ message }) => message)).toEqual([
      'servers "a" and "b" have the same prefix "p": where both offer a name, that of "b" is changed; set hub.servers.b.prefix',
    ]);
  });

  test.each([
    ['__', 'a____b', 'a_b'],
    ['__', 'my__server', 'my_server'],
    ['_', 'my_server', 'my-server'],
    ['-', 'my-server', 'my_server'],
  ])('a prefix that contains the separator %s loses it', async (separator, name, prefix) => {
    const config = await loadText({ mcpServers: { [name]: { command: 'x' } }, hub: { separator } });
    expect(config.upstreams[0]?.prefix).toBe(prefix);
    expect(config.problems.map(({ message }) => message)).toEqual([
      `the prefix "${name}" of server "${name}" contains the separator "${separator}"; "${prefix}" is used`,
    ]);
  });

  test('a pattern that is no regular expression is left out', async () => {
    const config = await loadText({ hub: { log: { redact: ['/(/', '/x/zz', '/ok/'] } } });
    expect(config.log.redact).toEqual(['/ok/']);
    expect(config.problems.map(({ path, severity }) => [severity, path])).toEqual([
      ['skipped', 'hub.log.redact[0]'],
      ['skipped', 'hub.log.redact[1]'],
    ]);
  });

  test('after two hundred problems the rest is counted', async () => {
    const keys = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, 1]));
    const { problems } = await loadText({ hub: keys });
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)?.message).toBe('there are 100 more; correct these first');
  });

  test('more servers than anyone has stop with a sentence', async () => {
    const servers = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`s${i}`, { command: 'x' }]));
    await expect(loadText({ mcpServers: servers })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/:1:2: mcpServers holds more than 1000 entries$/),
    });
  });

  test('no value of a secret is in a problem', async () => {
    const config = await loadText(
      {
        mcpServers: {
          a: { command: 'x', env: { T: { nested: 'CANARY' } } },
          b: { url: 'CANARY', headers: { A: 'CANARY' } },
          c: { url: 'https://x', headers: { A: 'CANARY${N}' } },
          d: { command: 'x', env: 'CANARY' },
          e: { type: 'http', url: 'ftp://user:CANARY@x' },
        },
      },
      { env: { N: '\n' } },
    );
    expect(config.upstreams).toEqual([]);
    expect(config.problems).toHaveLength(5);
    expect(JSON.stringify(config.problems)).not.toContain('CANARY');
  });
});

describe('references', () => {
  const SERVERS = {
    a: { command: '${BIN}', args: ['${A:-d}'], env: { T: '${TOKEN}' }, cwd: '${userHome}' },
    b: { url: 'https://${HOST}/mcp', headers: { Authorization: 'Bearer ${TOKEN}' } },
  };

  test('are filled in everywhere', async () => {
    const env = { BIN: 'bin', TOKEN: 't', HOST: 'h' };
    const { upstreams } = await loadText({ mcpServers: SERVERS }, { env });
    expect(upstreams.map(({ transport }) => transport)).toMatchObject([
      { command: 'bin', args: ['d'], env: { T: 't' }, cwd: expect.stringContaining('mcp-hub-config-') },
      { url: 'https://h/mcp', headers: { Authorization: 'Bearer t' } },
    ]);
  });

  test('without a value are named once each, and their server is kept but not complete', async () => {
    const { upstreams, problems } = await loadText({ mcpServers: SERVERS });
    expect(upstreams.map(({ missingVariables }) => missingVariables)).toEqual([
      ['BIN', 'TOKEN'],
      ['HOST', 'TOKEN'],
    ]);
    expect(JSON.stringify(upstreams)).not.toContain('${');
    expect(problems).toEqual([]);
  });

  test('of a kind that the hub does not know are told', async () => {
    const { upstreams, problems } = await loadText({
      mcpServers: { a: { command: 'x', args: ['${cmd: pass show}'] } },
    });
    expect(upstreams[0]?.missingVariables).toEqual(['${cmd: pass show}']);
    expect(problems[0]?.message).toMatch(
      /^server "a" is not started: \$\{cmd: pass show\} is not something that the hub fills in/,
    );
  });

  test('to an input use the default of the file', async () => {
    const file = {
      inputs: [{ id: 'region', default: 'eu' }],
      servers: { a: { command: 'x', args: ['${input:region}'] } },
    };
    expect((await loadText(file)).upstreams[0]?.transport).toMatchObject({ args: ['eu'] });
  });

  test('take what the environment lacks from hub.envFile, beside the configuration', async () => {
    const folder = await createFolder();
    await folder.write('secrets.env', '# tokens\nTOKEN=from-file\nexport BIN="b c"\n');
    const file = { mcpServers: SERVERS, hub: { envFile: 'secrets.env' } };
    const configFile = await folder.write('config.json', JSON.stringify(file));
    const config = await loadConfig({ configFile, env: { TOKEN: 'from-env', HOST: 'h' }, cwd: '/' });
    expect(config.problems).toEqual([]);
    expect(config.upstreams[0]?.transport).toMatchObject({ command: 'b c', env: { T: 'from-env' } });
  });

  test.runIf(process.platform !== 'win32')(
    'of a hub.envFile that others can read are used, and that is told',
    async () => {
      const folder = await createFolder();
      await chmod(await folder.write('x.env', 'A=1\n'), 0o644);
      const configFile = await folder.write('config.json', '{ "hub": { "envFile": "x.env" } }');
      const config = await loadConfig({ configFile, env: {}, cwd: '/' });
      expect(problemsOf(config)).toEqual([
        `warning 1:12 ${folder.at('x.env')} can be read by other users; run: chmod 600 ${folder.at('x.env')}`,
      ]);
    },
  );

  test('of a hub.envFile that is not there are missing, and that is told', async () => {
    const config = await loadText('{ "hub": { "envFile": "nope.env" } }');
    expect(problemsOf(config)[0]).toMatch(
      /^warning 1:12 hub.envFile is not used: cannot read .*nope.env: there is no such file$/,
    );
  });
});

describe('the hash of an upstream', () => {
  const hashOf = async (entry: unknown, env: NodeJS.ProcessEnv = {}, hub: unknown = {}): Promise<string | undefined> =>
    (await loadText({ mcpServers: { s: entry }, hub }, { env })).upstreams[0]?.hash;

  test('stays when a secret changes, a client spells it otherwise, or the order differs', async () => {
    const one = await hashOf({ command: 'x', args: ['a'], env: { A: '${T}', B: '2' } }, { T: '1' });
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf({ cmd: ['x', 'a'], envs: { B: 2, A: '${T}' }, type: 'local' }, { T: '2' })).toBe(one);
  });

  test('changes with the command, its arguments, variables, folder and protocol', async () => {
    const entries = [{}, { args: ['a'] }, { args: ['a', ''] }, { env: { A: '1' } }, { cwd: '/' }, { command: 'y' }];
    const hashes = await Promise.all(entries.map((entry) => hashOf({ command: 'x', ...entry })));
    hashes.push(await hashOf({ command: 'x' }, {}, { servers: { s: { protocol: 'legacy' } } }));
    hashes.push(await hashOf({ type: 'http', url: 'https://x' }), await hashOf({ type: 'sse', url: 'https://x' }));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('stays when only what is shown of it changes', async () => {
    const settings = { servers: { s: { prefix: 'p', tools: { exclude: ['x'] }, timeouts: { callMs: 5 } } } };
    expect(await hashOf({ command: 'x' }, {}, settings)).toBe(
      await hashOf({ command: 'x', timeout: 5_000, disabled: true }),
    );
  });
});

describe('only', () => {
  const SERVERS = { mcpServers: { a: { command: 'x' }, b: { command: 'x' }, wrong: {} } };

  test('keeps the servers that it names, in the order of the file', async () => {
    const { upstreams, problems } = await loadText(SERVERS, { only: ['b', 'a'] });
    expect(upstreams.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(problems).toEqual([]);
  });

  test('with a name that the file does not have says so', async () => {
    await expect(loadText(SERVERS, { only: ['a', 'wrnog'] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'cannot serve "wrnog": there is no server of that name',
      hint: 'did you mean "wrong"?',
    });
  });

  test('with a server that is left out tells why instead', async () => {
    const { upstreams, problems } = await loadText(SERVERS, { only: ['wrong'] });
    expect(upstreams).toEqual([]);
    expect(problems[0]?.message).toBe('server "wrong" is left out: it has neither "command" nor "url"');
  });
});
