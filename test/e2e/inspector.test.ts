import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServedHub, serveOnHttp } from './support/http-hub.ts';
import { HUB_BIN } from './support/paths.ts';
import { type CommandResult, runNode } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';
import { exampleServer, publishedServer } from './support/upstreams.ts';

/** A legacy upstream and a modern one. */
const mcpServers = { everything: publishedServer('server-everything'), weather: exampleServer('weather') };

const inspectorDir = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/inspector/package.json'));
const INSPECTOR = [join(inspectorDir, 'clients/launcher/build/index.js'), '--cli', '--format', 'json'];

const home = createTempHome();
const configFile = home.file('mcp-hub.config.json');
let served: ServedHub;
beforeAll(async () => {
  writeFileSync(configFile, JSON.stringify({ mcpServers }));
  served = await serveOnHttp({ mcpServers });
});
afterAll(async () => {
  await served.stop();
  home.remove();
}, 30_000);

/** How the Inspector is told where the hub is. */
const stdio = (): string[] => ['--', process.execPath, HUB_BIN, 'serve', '--config', configFile];
const http = (): string[] => ['--server-url', served.url, '--header', `Authorization: Bearer ${served.token}`];

const inspect = (args: readonly string[], target: readonly string[]): Promise<CommandResult> =>
  runNode([...INSPECTOR, ...args, ...target], { home });

interface Way {
  readonly way: string;
  readonly era: 'legacy' | 'modern';
  readonly target: () => string[];
}

/** Asks one method, and gives what the Inspector says that the hub has answered. */
const asker =
  ({ era, target }: Way) =>
  async (method: string, ...args: readonly string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await inspect(['--protocol-era', era, '--method', method, ...args], target());
    expect(code, stderr).toBe(0);
    return (JSON.parse(stdout) as { result: Record<string, unknown> }).result;
  };

const WAYS: readonly Way[] = [
  { way: 'mcp-hub serve', era: 'legacy', target: stdio },
  { way: 'mcp-hub serve', era: 'modern', target: stdio },
  { way: 'mcp-hub serve --http', era: 'legacy', target: http },
  { way: 'mcp-hub serve --http', era: 'modern', target: http },
];

describe.concurrent.each(WAYS)("the Inspector's CLI at $way, in the $era era", { timeout: 60_000 }, (way) => {
  const ask = asker(way);

  test('lists the tools of both upstreams, with all that is known of each', async () => {
    const tools = (await ask('tools/list'))['tools'] as readonly Record<string, unknown>[];
    const named = (name: string) => tools.find((tool) => tool['name'] === name);
    expect(named('everything__get-sum')).toMatchObject({
      title: 'Get Sum Tool',
      inputSchema: { properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
      annotations: { readOnlyHint: true },
    });
    expect(named('weather__current')).toMatchObject({
      description: 'The weather of a place today.',
      outputSchema: { type: 'object', properties: { highCelsius: { type: 'integer' } } },
    });
    // The Inspector tells that it has roots, and server-everything has a tool for clients that do.
    expect(named('everything__get-roots-list')).toBeDefined();
    expect(new Set(tools.map(({ name }) => String(name).split('__')[0]))).toEqual(new Set(Object.keys(mcpServers)));
  });

  test('calls a tool of the upstream of the other era', async () => {
    if (way.era === 'legacy') {
      const { structuredContent } = await ask(
        'tools/call',
        '--tool-name',
        'weather__current',
        '--tool-arg',
        'place=Oslo',
      );
      expect(structuredContent).toMatchObject({ place: 'Oslo', date: '2026-07-28' });
    } else {
      const sum = ['--tool-name', 'everything__get-sum', '--tool-args-json', '{"a":2,"b":40}'];
      const { content } = await ask('tools/call', ...sum);
      expect(content).toEqual([{ type: 'text', text: 'The sum of 2 and 40 is 42.' }]);
    }
  });
});

/** Each run on stdio starts a hub and two servers: once is enough for what follows. */
const THREE_WAYS = WAYS.filter(({ era, target }) => target === http || era === 'legacy');

describe.concurrent.each(THREE_WAYS)("the Inspector's CLI at $way, in the $era era,", { timeout: 60_000 }, (way) => {
  const ask = asker(way);

  test('lists prompts, and gets one', async () => {
    const { prompts } = await ask('prompts/list');
    expect((prompts as { name: string }[]).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['everything__args-prompt', 'weather__pack_for_trip']),
    );
    const { messages } = await ask(
      'prompts/get',
      '--prompt-name',
      'everything__args-prompt',
      '--prompt-args',
      'city=Oslo',
    );
    expect(messages).toEqual([{ role: 'user', content: { type: 'text', text: "What's weather in Oslo?" } }]);
  });

  test('lists resources, and reads one', async () => {
    const { resources } = await ask('resources/list');
    expect((resources as { uri: string }[]).map(({ uri }) => uri)).toEqual(
      expect.arrayContaining(['demo://resource/static/document/features.md', 'weather://places']),
    );
    const { contents } = await ask('resources/read', '--uri', 'weather://places');
    expect(contents).toMatchObject([{ uri: 'weather://places', text: expect.stringContaining('Nairobi') as string }]);
  });
});

test("the Inspector's CLI without the token shows how to get one", async () => {
  const args = ['--method', 'tools/list', '--stored-auth-only'];
  const { code, stdout, stderr } = await inspect(args, ['--server-url', served.url]);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain('run mcp-hub token');
});
