// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';

let home: TempHome;
beforeEach(() => {
  home = createTempHome();
});
afterEach(() => home.remove());

const userFile = () => join(home.dir, 'config', 'mcp-hub', 'config.json');
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as { mcpServers: unknown; hub?: unknown };

interface Spelling {
  /** Whose word order it is. */
  readonly from: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** The `mcpServers` that are written. */
  readonly servers: object;
  /** The file, below the working directory; default the user's own. */
  readonly project?: boolean;
}

const NPX = { command: 'npx', args: ['-y', 'srv'] };
const BLOCK =
  '{"mcpServers":{"a":{"command":"npx","args":["-y","srv"]},"b":{"type":"http","url":"https://x.dev/mcp"}}}';

const SPELLINGS: readonly Spelling[] = [
  {
    from: 'Claude, a variable after the name',
    args: ['add', 'ev', '-e', 'A=1', '--', 'npx', '-y', 'srv'],
    servers: { ev: { ...NPX, env: { A: '1' } } },
  },
  {
    from: 'Claude, a variable before the name',
    args: ['add', '-e', 'A=1', 'ev', '--', 'npx', '-y', 'srv'],
    servers: { ev: { ...NPX, env: { A: '1' } } },
  },
  {
    from: 'Claude, a URL with a header after it',
    args: ['add', '--transport', 'http', 'sentry', 'https://mcp.sentry.dev/mcp', '--header', 'A: b'],
    servers: { sentry: { type: 'http', url: 'https://mcp.sentry.dev/mcp', headers: { A: 'b' } } },
  },
  {
    from: 'Claude, one entry as JSON',
    args: ['add-json', 'ev', '{"command":"npx","args":["-y","srv"],"x-own":1}'],
    servers: { ev: { ...NPX, 'x-own': 1 } },
  },
  {
    from: 'a whole pasted block as JSON',
    args: ['add-json', BLOCK],
    servers: { a: NPX, b: { type: 'http', url: 'https://x.dev/mcp' } },
  },
  {
    from: 'Codex, a URL with the variable of its token',
    args: ['add', 'docs', '--url', 'https://x.dev/mcp', '--bearer-token-env-var', 'TOK'],
    servers: { docs: { type: 'http', url: 'https://x.dev/mcp', headers: { Authorization: 'Bearer ${TOK}' } } },
  },
  {
    from: 'Codex, a command',
    args: ['add', 'x', '--env', 'A=1', '--', 'npx', '-y', 'srv'],
    servers: { x: { ...NPX, env: { A: '1' } } },
  },
  {
    from: 'Gemini, without "--"',
    args: ['add', 'ev', 'npx', '-y', 'srv'],
    servers: { ev: NPX },
  },
  {
    from: 'Gemini, a URL in the project',
    args: ['add', '-s', 'project', '-t', 'http', 's', 'https://x.dev/mcp', '-H', 'X: 1'],
    servers: { s: { type: 'http', url: 'https://x.dev/mcp', headers: { X: '1' } } },
    project: true,
  },
  {
    from: 'a command with options of its own',
    args: ['add', 'ev', 'npx', 'srv', '--port', '3000'],
    servers: { ev: { command: 'npx', args: ['srv', '--port', '3000'] } },
  },
];

const MORE: readonly Spelling[] = [
  {
    from: 'a leading "mcp"',
    args: ['mcp', 'add', 'ev', '-e', 'A=1', '--', 'npx', '-y', 'srv'],
    servers: { ev: { ...NPX, env: { A: '1' } } },
  },
  {
    from: 'a variable without its value',
    args: ['add', 'ev', '-e', 'GITHUB_TOKEN', '--', 'npx', '-y', 'srv'],
    servers: { ev: { ...NPX, env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } } },
  },
  {
    from: 'several variables, and the name between them',
    args: ['add', '-e', 'A=1', 'ev', '--env', 'B=2', 'npx', '-y', 'srv'],
    servers: { ev: { ...NPX, env: { A: '1', B: '2' } } },
  },
  {
    from: 'a URL without a transport',
    args: ['add', 'urlguess', 'https://example.com/mcp'],
    servers: { urlguess: { type: 'http', url: 'https://example.com/mcp' } },
  },
  {
    from: 'a URL after "--"',
    args: ['add', 'urlguess', '--', 'https://example.com/mcp'],
    servers: { urlguess: { type: 'http', url: 'https://example.com/mcp' } },
  },
  {
    from: 'the word of the protocol for a transport',
    args: ['add', '-t', 'streamable-http', 's', 'https://x.dev/mcp'],
    servers: { s: { type: 'http', url: 'https://x.dev/mcp' } },
  },
  {
    from: 'JSON on standard input, after its name',
    args: ['add-json', 'ev', '-'],
    input: '{"command":"npx","args":["-y","srv"]}',
    servers: { ev: NPX },
  },
  {
    from: 'a block on standard input, with comments and without braces around it',
    args: ['add-json'],
    input: '"ev": { // copied\n "command": "npx", "args": ["-y", "srv"], },',
    servers: { ev: NPX },
  },
  {
    from: 'one entry that holds its name',
    args: ['add-json', '{"name":"ev","command":"npx","args":["-y","srv"]}'],
    servers: { ev: NPX },
  },
  {
    from: 'a block of VS Code',
    args: ['add-json', '{"servers":{"ev":{"type":"stdio","command":"npx","args":["-y","srv"]}}}'],
    servers: { ev: { type: 'stdio', ...NPX } },
  },
];

/** The option goes right after the verb, because behind the command it would be the command's own. */
const withoutCheck = (args: readonly string[]): string[] => {
  const verb = args.findIndex((word) => word.startsWith('add'));
  return [...args.slice(0, verb + 1), '--no-check', ...args.slice(verb + 1)];
};

describe.each([...SPELLINGS, ...MORE])('the spelling of $from', ({ args, input, servers, project }) => {
  test('writes what was meant', async () => {
    const options = { home, ...(input === undefined ? {} : { input }) };
    const { code, stdout } = await runCommand(withoutCheck(args), options);
    expect(stdout).toContain('wrote ');
    expect(code).toBe(0);
    const file = project === true ? home.file('work/.mcp-hub.json') : userFile();
    expect(read(file).mcpServers).toEqual(servers);
    expect(existsSync(userFile())).toBe(project !== true);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

test('the two ways to give a URL to a command, and a command to a URL, are refused', async () => {
  for (const args of [
    ['add', '-t', 'stdio', 'x', 'https://x.dev/mcp'],
    ['add', '-t', 'http', 'x', 'npx', 'srv'],
    ['add', 'x', 'https://x.dev/mcp', 'more'],
    ['add', 'bad'],
  ]) {
    const { code, stderr } = await runCommand(args, { home });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .+\n {2}hint: .+\n$/);
  }
  expect(existsSync(userFile())).toBe(false);
});

test('settings that are ours go below "hub", and the entry can be copied back out', async () => {
  const args = ['add', '--timeout', '5000', '--include-tools', 'a_*', '--include-tools', 'b', '--exclude-tools', 'a_x'];
  await runCommand([...args, '--cwd', 'sub', '--disabled', 'ev', 'npx', '-y', 'srv'], { home });
  expect(read(userFile())).toMatchObject({
    mcpServers: { ev: { ...NPX, cwd: home.file('work/sub'), disabled: true } },
    hub: { servers: { ev: { timeouts: { callMs: 5000 }, tools: { include: ['a_*', 'b'], exclude: ['a_x'] } } } },
  });
});
