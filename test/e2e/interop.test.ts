import { writeFileSync } from 'node:fs';
import type { Client as ModernClient } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { HUB_BIN } from './support/paths.ts';
import { readCallLog } from './support/run-command.ts';
import { connectV1, connectV2, type Program } from './support/sdk-clients.ts';
import { createTempHome } from './support/temp-home.ts';
import { publishedServer, type UpstreamEntry } from './support/upstreams.ts';

const home = createTempHome();
const mcpServers = {
  everything: publishedServer('server-everything'),
  files: publishedServer('server-filesystem', [home.dir]),
  memory: publishedServer('server-memory', [], { MEMORY_FILE_PATH: home.file('memory.jsonl') }),
};
const configFile = home.file('mcp-hub.config.json');
writeFileSync(configFile, JSON.stringify({ mcpServers }));

const hubProgram: Program = {
  command: process.execPath,
  args: [HUB_BIN, 'serve', '--config', configFile],
  env: home.env,
};

const programOf = (entry: UpstreamEntry): Program => ({
  command: entry.command ?? '',
  args: [...(entry.args ?? [])],
  env: { ...home.env, ...entry.env },
});

type Lists = Readonly<Record<'tools' | 'prompts' | 'resources' | 'templates', readonly string[]>>;

/** What a client sees, by the names of its own SDK; a server without the capability has nothing. */
const listAll = async (client: LegacyClient | ModernClient): Promise<Lists> => {
  const can = client.getServerCapabilities() ?? {};
  const { tools } = can.tools === undefined ? { tools: [] } : await client.listTools();
  const { prompts } = can.prompts === undefined ? { prompts: [] } : await client.listPrompts();
  const { resources } = can.resources === undefined ? { resources: [] } : await client.listResources();
  const { resourceTemplates } =
    can.resources === undefined ? { resourceTemplates: [] } : await client.listResourceTemplates();
  return {
    tools: tools.map(({ name }) => name),
    prompts: prompts.map(({ name }) => name),
    resources: resources.map(({ uri }) => uri),
    templates: resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  };
};

/** What each upstream lists to a client of the same capabilities without a hub between. */
const expected = { tools: [], prompts: [], resources: [], templates: [] } as Record<keyof Lists, string[]>;

beforeAll(async () => {
  for (const [name, entry] of Object.entries(mcpServers)) {
    const client = await connectV1(programOf(entry));
    const lists = await listAll(client);
    await client.close();
    expected.tools.push(...lists.tools.map((tool) => `${name}__${tool}`));
    expected.prompts.push(...lists.prompts.map((prompt) => `${name}__${prompt}`));
    expected.resources.push(...lists.resources);
    expected.templates.push(...lists.templates);
  }
}, 60_000);

afterAll(() => home.remove());

const CLIENTS = [
  ['v1', () => connectV1(hubProgram, 'v1-client')],
  ['v2-legacy', () => connectV2(hubProgram, { era: 'legacy', name: 'v2-legacy-client' })],
  ['v2-modern', () => connectV2(hubProgram, { era: 'modern', name: 'v2-modern-client' })],
  ['v2-auto', () => connectV2(hubProgram, { era: 'auto', name: 'v2-auto-client' })],
] as const;

describe.each(CLIENTS)('the %s client of the SDK', (clientName, connect) => {
  let client: LegacyClient | ModernClient;
  beforeAll(async () => {
    client = await connect();
  }, 30_000);
  afterAll(() => client.close(), 30_000);

  const textOf = (result: unknown): string =>
    (result as { content: { text?: string }[] }).content.map(({ text }) => text ?? '').join('\n');

  test('lists everything that the three servers offer, and nothing else', async () => {
    verifies('tools:list');
    expect(await listAll(client)).toEqual(expected);
    expect(expected.tools.length).toBeGreaterThan(25);
    expect(expected.prompts.length).toBeGreaterThan(2);
    expect(expected.resources.length).toBeGreaterThan(2);
    expect(expected.templates.length).toBeGreaterThan(0);
  }, 30_000);

  test('calls tools of all three', async () => {
    const echo = await client.callTool({ name: 'everything__echo', arguments: { message: 'Grüße' } });
    expect(textOf(echo)).toContain('Grüße');
    const structured = await client.callTool({
      name: 'everything__get-structured-content',
      arguments: { location: 'New York' },
    });
    expect(structured.structuredContent).toHaveProperty('temperature');
    expect(textOf(await client.callTool({ name: 'files__list_allowed_directories', arguments: {} }))).toContain(
      home.dir,
    );
    const entities = [{ name: `Ada ${clientName}`, entityType: 'person', observations: ['counts'] }];
    await client.callTool({ name: 'memory__create_entities', arguments: { entities } });
    const found = await client.callTool({ name: 'memory__search_nodes', arguments: { query: `Ada ${clientName}` } });
    expect(textOf(found)).toContain('counts');
  });

  test('gets a prompt, reads resources and completes an argument', async () => {
    const prompt = await client.getPrompt({ name: 'everything__args-prompt', arguments: { city: 'Oslo' } });
    expect(JSON.stringify(prompt.messages)).toContain('Oslo');
    const [uri = ''] = expected.resources;
    expect((await client.readResource({ uri })).contents[0]).toMatchObject({ uri });
    const dynamic = 'demo://resource/dynamic/text/3';
    expect((await client.readResource({ uri: dynamic })).contents[0]).toMatchObject({ uri: dynamic });
    const { completion } = await client.complete({
      ref: { type: 'ref/prompt', name: 'everything__completable-prompt' },
      argument: { name: 'department', value: 'E' },
    });
    expect(completion.values).toContain('Engineering');
  });

  test('hears of progress', async () => {
    const reports: number[] = [];
    const options = { onprogress: ({ progress }: { progress: number }) => void reports.push(progress) };
    const call = { name: 'everything__trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 } };
    await (client instanceof LegacyClient ? client.callTool(call, undefined, options) : client.callTool(call, options));
    expect(reports.length).toBeGreaterThan(2);
  });
});

test('the log has one row for each call that was made, with its outcome, its times and its client', async () => {
  const rows = await readCallLog(home);
  const calls = [
    'everything__echo',
    'everything__get-structured-content',
    'files__list_allowed_directories',
    'memory__create_entities',
    'memory__search_nodes',
    'everything__args-prompt',
    expected.resources[0],
    'demo://resource/dynamic/text/3',
    'everything__completable-prompt',
    'everything__trigger-long-running-operation',
  ];
  for (const [clientName] of CLIENTS) {
    const own = rows.filter((row) => row['client'] === `${clientName}-client`);
    expect(own.map((row) => row['qualifiedName']).sort()).toEqual([...calls].sort());
    for (const row of own) {
      expect(row).toMatchObject({
        outcome: 'ok',
        server: expect.stringMatching(/^(everything|files|memory)$/) as string,
        method: expect.stringContaining('/') as string,
        durationMs: expect.any(Number) as number,
        hubMs: expect.any(Number) as number,
        upstreamMs: expect.any(Number) as number,
      });
    }
  }
});
