import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entry, startRegistry, type TestRegistry } from '../cli/support/registry.ts';
import { documentationPages, readPage } from './support/documentation.ts';
import { shownCommands } from './support/markdown.ts';
import { ROOT } from './support/paths.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer, publishedServer } from './support/upstreams.ts';

/** Commands that do not end by themselves, or need more than a machine, and who runs them. */
const NOT_RUN: readonly (readonly [RegExp, string])[] = [
  [/^mcp-hub serve\b/, 'it runs until it is told to end: test/e2e/http-downstream.test.ts'],
  [/^mcp-hub logs -f\b/, 'it follows until Ctrl-C: test/cli/commands/logs.test.ts'],
  [/^mcp-hub monitor\b/, 'it needs a terminal: test/monitor'],
  [/^mcp-hub (login|logout)\b/, 'it needs an authorization server: test/e2e'],
];

/** What makes a command end without a person and without the network; what it says of the command line stays as it is. */
const adapted = (words: readonly string[]): string[] => {
  const [, verb, ...rest] = words;
  // Shown and not stored: a later command of a page would start it from the network.
  if (verb === 'add') return ['add', '--force', '--dry-run', ...rest];
  if (verb === 'import') return ['import', '--all', ...rest];
  return words.slice(1);
};

/** Exit codes that are no failure of the command: some look for what is unhealthy, and find it. */
const expectedCodes = ([, verb, ...rest]: readonly string[]): number[] => {
  if (verb === 'doctor' || rest.includes('--check')) return [0, 5];
  // Nobody is there to say that the file may be trusted, so nothing is there to be taken back.
  if (verb === 'trust') return rest.includes('--revoke') ? [0, 4] : [0, 2];
  return [0];
};

const commands = documentationPages().flatMap((page) =>
  shownCommands(readPage(page)).filter(({ words }) => words[0] === 'mcp-hub'),
);
const lines = new Map(commands.map(({ line, words }) => [line, words]));
const runnable = [...lines].filter(([line]) => !NOT_RUN.some(([known]) => known.test(line)));

const home = createTempHome();
let registry: TestRegistry;

beforeAll(async () => {
  const write = (file: string, value: object): void => {
    mkdirSync(dirname(home.file(file)), { recursive: true });
    writeFileSync(home.file(file), JSON.stringify(value));
  };
  const servers = {
    files: publishedServer('server-filesystem', [home.dir]),
    github: legacyServer('github'),
    docs: legacyServer('docs'),
  };
  write('config/mcp-hub/config.json', { mcpServers: servers });
  write('config/Claude/claude_desktop_config.json', { mcpServers: { memory: { command: 'memory-server' } } });
  write('.cursor/mcp.json', { mcpServers: {} });
  write('work/.mcp-hub.json', { mcpServers: {} });
  write('work/arguments.json', {});
  registry = await startRegistry([
    entry('io.github.user/server', {
      packages: [{ registryType: 'npm', identifier: 'server', version: '1.0.0', transport: { type: 'stdio' } }],
    }),
  ]);
});
afterAll(async () => {
  home.remove();
  await registry.close();
});

test('the pages show commands that can be run', () => {
  expect(runnable.length).toBeGreaterThan(30);
});

test.each(runnable)(
  '%s does what a page says',
  async (line, words) => {
    const isOfExamples = line.includes('examples/');
    const { code, stdout, stderr } = await runCommand(adapted(words), {
      home,
      cwd: isOfExamples ? ROOT : home.file('work'),
      env: { MCP_HUB_REGISTRY_URL: registry.url, MCP_HUB_KEYCHAIN: 'off', VISUAL: 'true' },
      input: 'typed\n',
    });
    expect(expectedCodes(words), `${stdout}${stderr}`).toContain(code);
    expect(stderr).not.toContain('\n    at ');
  },
  30_000,
);
