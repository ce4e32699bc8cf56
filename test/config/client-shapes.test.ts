// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are part of what clients write.
import { describe, expect, test } from 'vitest';
import { loadText, problemsOf } from './folder.ts';

const STDIO = { type: 'stdio', command: 'npx', args: ['-y', 'srv'], env: { A: '1' } };
const HTTP = { type: 'http', url: 'https://example.com/mcp', headers: { 'X-Key': 'k' } };

/** What each client writes for one server of either kind, and what it means here. */
const CLIENTS: readonly (readonly [client: string, file: unknown])[] = [
  [
    'Claude Desktop and Claude Code',
    {
      mcpServers: {
        local: { type: 'stdio', command: 'npx', args: ['-y', 'srv'], env: { A: '1' } },
        web: { type: 'http', url: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'Cursor',
    {
      mcpServers: {
        local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' } },
        web: { url: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'VS Code',
    {
      inputs: [{ type: 'promptString', id: 'key', description: 'Key', password: true }],
      servers: {
        local: { type: 'stdio', command: 'npx', args: ['-y', 'srv'], env: { A: '1' } },
        web: { type: 'http', url: HTTP.url, headers: HTTP.headers, gallery: true },
      },
    },
  ],
  [
    "VS Code's settings.json",
    {
      mcp: {
        inputs: [],
        servers: { local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' } }, web: HTTP },
      },
    },
  ],
  [
    'Windsurf and Antigravity',
    {
      mcpServers: {
        local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' } },
        web: { serverUrl: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'Zed',
    {
      context_servers: {
        local: { source: 'custom', command: 'npx', args: ['-y', 'srv'], env: { A: '1' } },
        web: { url: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'Codex, as JSON',
    {
      mcp_servers: {
        local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' }, enabled: true },
        web: { url: HTTP.url, http_headers: HTTP.headers },
      },
    },
  ],
  [
    'Gemini CLI',
    {
      mcpServers: {
        local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' }, trust: true },
        web: { httpUrl: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'opencode',
    {
      mcp: {
        local: { type: 'local', command: ['npx', '-y', 'srv'], environment: { A: '1' }, enabled: true },
        web: { type: 'remote', url: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'opencode 2',
    {
      mcp: {
        servers: {
          local: { type: 'local', command: ['npx', '-y', 'srv'], environment: { A: '1' } },
          web: { type: 'remote', url: HTTP.url, headers: HTTP.headers },
        },
      },
    },
  ],
  [
    'Cline',
    {
      mcpServers: {
        local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' }, disabled: false, autoApprove: ['x'] },
        web: { type: 'streamableHttp', url: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'Copilot CLI',
    {
      mcpServers: {
        local: { type: 'stdio', command: 'npx', args: ['-y', 'srv'], env: { A: '1' }, tools: ['*'] },
        web: { type: 'http', url: HTTP.url, headers: HTTP.headers, tools: ['*'] },
      },
    },
  ],
  [
    'mcporter',
    {
      mcpServers: {
        local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' }, lifecycle: 'keep-alive' },
        web: { baseUrl: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'Agent Plugins',
    {
      $schema: 'https://agent-plugins.org/schemas/1.0.0/mcp.schema.json',
      mcpServers: {
        local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' } },
        web: { type: 'streamable-http', url: HTTP.url, headers: HTTP.headers },
      },
    },
  ],
  [
    'a bare map',
    { local: { command: 'npx', args: ['-y', 'srv'], env: { A: '1' } }, web: { url: HTTP.url, headers: HTTP.headers } },
  ],
];

describe('a block is read unchanged from', () => {
  test.each(CLIENTS)('%s', async (_, file) => {
    const config = await loadText(file);
    expect(problemsOf(config)).toEqual([]);
    expect(config.upstreams.map(({ name, transport }) => [name, transport])).toEqual([
      ['local', STDIO],
      ['web', HTTP],
    ]);
  });

  test('Continue, as a list in YAML', async () => {
    const yaml = `
mcpServers:
  - name: local
    command: npx
    args: [-y, srv]
    env: { A: 1 }
  - name: web
    type: streamable-http
    url: https://example.com/mcp
    headers:
      X-Key: k
`;
    const config = await loadText(yaml, { name: 'config.yaml' });
    expect(problemsOf(config)).toEqual([]);
    expect(config.upstreams.map(({ transport }) => transport)).toEqual([STDIO, HTTP]);
  });

  test('Goose, in YAML, with times in seconds', async () => {
    const yaml = `
extensions:
  local:
    type: stdio
    enabled: true
    cmd: npx
    args: [-y, srv]
    envs: { A: "1" }
    timeout: 300
  web:
    type: streamable_http
    uri: https://example.com/mcp
    headers: { X-Key: k }
  developer:
    type: builtin
    enabled: true
`;
    const config = await loadText(yaml, { name: 'config.yaml' });
    expect(config.upstreams.map(({ transport }) => transport)).toEqual([STDIO, HTTP]);
    expect(config.upstreams[0]?.timeouts.callMs).toBe(300_000);
    expect(problemsOf(config)).toEqual([
      'skipped 15:5 server "developer" is left out: type "builtin" is unknown; choices are stdio, http, sse',
    ]);
  });
});

describe('an entry', () => {
  const load = async (entry: unknown, env: NodeJS.ProcessEnv = {}) => {
    const config = await loadText({ mcpServers: { s: entry } }, { env });
    return { upstream: config.upstreams[0], problems: config.problems.map(({ message }) => message) };
  };

  test.each([
    ['stdio', { type: 'STDIO', command: 'x' }],
    ['http', { type: 'Streamable_HTTP', url: 'https://x' }],
    ['http', { transport: 'streamable-http', url: 'https://x' }],
    ['http', { type: 'remote', url: 'https://x/sse' }],
    ['sse', { type: 'sse', url: 'https://x' }],
    ['stdio', { type: 'stdio', command: 'x', url: 'https://x' }],
  ])('is taken for %s by its type', async (type, entry) => {
    expect((await load(entry)).upstream?.transport.type).toBe(type);
  });

  test('with an address that ends in /sse is taken for HTTP+SSE, and that is said', async () => {
    const { upstream, problems } = await load({ url: 'https://x/v1/sse?key=1' });
    expect(upstream?.transport.type).toBe('sse');
    expect(problems).toEqual([
      'server "s" is taken for HTTP+SSE, as its address ends in /sse; add "type": "sse" or "http"',
    ]);
  });

  test.each([
    [{ disabled: true }, false],
    [{ enabled: false }, false],
    [{ disabled: false }, true],
    [{ enabled: true }, true],
    [{}, true],
  ])('with %j is enabled: %s', async (extra, enabled) => {
    expect((await load({ command: 'x', ...extra })).upstream?.enabled).toBe(enabled);
  });

  test.each([
    [{ includeTools: ['a'], excludeTools: ['b'] }],
    [{ enabled_tools: ['a'], disabled_tools: ['b'] }],
    [{ available_tools: ['a'], disabledTools: ['b'] }],
    [{ tools: ['a'], exclude_tools: ['b'] }],
  ])('with %j filters its tools', async (extra) => {
    expect((await load({ command: 'x', ...extra })).upstream?.tools).toEqual({ include: ['a'], exclude: ['b'] });
  });

  test.each([
    [{ enabled_tools: [] }, { include: [], exclude: ['*'] }],
    [
      { includeTools: [], excludeTools: ['a'] },
      { include: [], exclude: ['*'] },
    ],
    [{ available_tools: [] }, { include: [], exclude: [] }],
    [{}, { include: [], exclude: [] }],
  ])('with %j does not show everything by accident', async (extra, filter) => {
    expect((await load({ command: 'x', ...extra })).upstream?.tools).toEqual(filter);
  });

  test('names variables to pass on, headers from variables and a bearer token, as Codex does', async () => {
    const env = { A: '1', TOK: 't', KEY: 'k' };
    expect((await load({ command: 'x', env_vars: ['A'] }, env)).upstream?.transport).toMatchObject({ env: { A: '1' } });
    const web = { url: 'https://x', bearer_token_env_var: 'TOK', env_http_headers: { 'X-Key': 'KEY' } };
    expect((await load(web, env)).upstream?.transport).toMatchObject({
      headers: { Authorization: 'Bearer t', 'X-Key': 'k' },
    });
    expect((await load(web)).upstream?.missingVariables).toEqual(['TOK', 'KEY']);
  });

  test.each([
    [{ timeout: 90_000 }, { callMs: 90_000 }],
    [{ timeout: 90 }, { callMs: 90_000 }],
    [
      { startup_timeout_sec: 12.5, tool_timeout_sec: 2 },
      { startMs: 12_500, callMs: 2_000 },
    ],
    [{ startup_timeout_ms: 7_000 }, { startMs: 7_000 }],
  ])('with %j takes its times from there', async (extra, times) => {
    expect((await load({ command: 'x', ...extra })).upstream?.timeouts).toMatchObject(times);
  });

  test("of opencode has a timeout for its start only, as opencode's own", async () => {
    const config = await loadText({ mcp: { s: { type: 'local', command: ['x'], timeout: 5000 } } });
    expect(config.upstreams[0]?.timeouts).toMatchObject({ startMs: 5_000, callMs: 60_000 });
  });

  test('may have numbers and truth values for texts, and null for nothing', async () => {
    const entry = { command: 'x', args: ['--port', 3000, true], env: { A: 1, B: false, C: null }, cwd: null };
    const { upstream, problems } = await load(entry);
    expect(upstream?.transport).toEqual({
      type: 'stdio',
      command: 'x',
      args: ['--port', '3000', 'true'],
      env: { A: '1', B: 'false' },
    });
    expect(problems).toEqual([]);
  });

  test('begins relative folders at the configuration file and ~ at home', async () => {
    const { upstream } = await load({ command: '~/bin/x', cwd: 'sub' });
    expect(upstream?.transport).toMatchObject({
      command: expect.stringMatching(/mcp-hub-config-[^/\\]+[/\\]bin[/\\]x$/),
      cwd: expect.stringMatching(/mcp-hub-config-[^/\\]+[/\\]sub$/),
    });
  });

  test.each([
    [{}, 'it has neither "command" nor "url"'],
    ['npx', 'it must be an object with "command" or "url"'],
    [{ command: 'x', url: 'https://x' }, 'it has both "command" and "url"; add "type" or remove one'],
    [{ type: 'stdio', url: 'https://x' }, 'it has no "command"'],
    [{ type: 'http', command: 'x' }, 'it has no "url"'],
    [{ type: 'htp', url: 'https://x' }, 'type "htp" is unknown; choices are stdio, http, sse; did you mean "http"?'],
    [{ command: 'https://x' }, 'its "command" is an address; write it as "url"'],
    [{ command: '' }, 'command must not be empty'],
    [{ command: ' ' }, 'its "command" is empty'],
    [{ command: 5 }, 'command must be a text in quotes or a list, not a number'],
    [{ command: 'x', args: '-y srv' }, 'args must be a list, not a text'],
    [{ command: 'x', args: [{}] }, 'args.0 must be a text in quotes, a number or true or false, not an object'],
    [{ command: 'x', envs: [] }, 'envs must be an object, not a list'],
    [{ command: 'x', env: { 'A=B': 'x' } }, '"A=B" is no name of a variable'],
    [{ command: 'x', disabled: 'yes' }, 'disabled must be true or false, not a text'],
    [{ command: 'x', timeout: -1 }, 'timeout must be more than 0'],
    [{ command: 'x\0y' }, 'a value in it contains a NUL character'],
    [{ url: 'example.com/mcp' }, 'its "url" is not an address; begin it with https:// or http://'],
    [{ url: 'ftp://example.com' }, 'its "url" begins with ftp:, not https: or http:'],
    [{ serverUrl: 5 }, 'serverUrl must be a text in quotes, not a number'],
    [{ url: 'https://x', headers: { 'X Y': '1' } }, '"X Y" is no name of a header'],
    [
      { url: 'https://x', headers: { A: 'secret\n' } },
      'the value of its header "A" contains characters that no header may have',
    ],
  ])('%j is left out with one sentence', async (entry, why) => {
    const { upstream, problems } = await load(entry);
    expect(upstream).toBeUndefined();
    expect(problems).toEqual([`server "s" is left out: ${why}`]);
  });

  test('with unknown keys is served, and each is told with what may have been meant', async () => {
    const { upstream, problems } = await load({
      command: 'x',
      comand: 'y',
      $note: 1,
      sandbox: false,
    });
    expect(upstream).toBeDefined();
    expect(problems).toEqual(['mcpServers.s.comand is ignored; did you mean "command"?']);
  });
});

describe('how to log in', () => {
  test.each<[object, object | false | undefined]>([
    [{ oauth: { clientId: 'a', callbackPort: 8123 } }, { clientId: 'a', redirectPort: 8123 }],
    [
      { auth: { CLIENT_ID: 'a', CLIENT_SECRET: 's', scopes: ['r', 'w'] } },
      { clientId: 'a', clientSecret: 's', scope: 'r w' },
    ],
    [
      { oauth: { client_id: 'a', scope: 'r', redirectUri: 'http://127.0.0.1:9000/cb' } },
      { clientId: 'a', scope: 'r', redirectPort: 9000 },
    ],
    [{ oauth: false }, false],
    [{ oauth: { enabled: false } }, false],
    [{ auth: 'oauth' }, undefined],
    [{}, undefined],
  ])('is understood of %j', async (entry, auth) => {
    const config = await loadText({ mcpServers: { s: { url: 'https://x.dev/mcp', ...entry } } });
    expect(config.problems).toEqual([]);
    expect(config.upstreams[0]?.auth).toEqual(auth);
  });

  test('is better known to the settings of the hub, key by key', async () => {
    const config = await loadText({
      mcpServers: { s: { url: 'https://x.dev/mcp', oauth: { clientId: 'a', scope: 'r' } } },
      hub: { servers: { s: { auth: { scope: ['w'] } } } },
    });
    expect(config.upstreams[0]?.auth).toEqual({ clientId: 'a', scope: 'w' });
  });
});

test('"servers" that hold no servers are not taken for servers', async () => {
  const config = await loadText({ servers: { eu: 'host-1' }, mcpServers: { a: { command: 'x' } } });
  expect(config.upstreams.map(({ name }) => name)).toEqual(['a']);
});

test('servers of several containers are read together, each name once', async () => {
  const config = await loadText({
    mcpServers: { a: { command: '1' } },
    servers: { a: { command: '2' }, b: { command: '3' } },
  });
  expect(config.upstreams.map(({ transport }) => 'command' in transport && transport.command)).toEqual(['1', '3']);
  expect(config.problems.map(({ message }) => message)).toEqual([
    'server "a" is left out: it is given twice; the first counts',
  ]);
});
