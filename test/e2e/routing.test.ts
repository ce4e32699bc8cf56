import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { initialize, type Talker, talker } from './support/conversation.ts';
import { type HubConfigFile, type HubProcess, startHub } from './support/hub-process.ts';
import { type CommandResult, runCommand } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer, modernServer } from './support/upstreams.ts';

const withHub = async (
  config: HubConfigFile,
  work: (client: Talker, hub: HubProcess) => Promise<void>,
): Promise<void> => {
  await using hub = await startHub({ config });
  await initialize(hub);
  const client = talker(hub, 'legacy');
  await client.names('tools');
  await work(client, hub);
};

const codeOf = async (client: Talker, name: string): Promise<number | undefined> =>
  (await client.call(name, { m: 'x' })).message.error?.code;

describe('names', () => {
  test('carry the prefix and the separator that the configuration gives', async () => {
    verifies('tools:name:told-apart');
    const config = {
      mcpServers: { one: legacyServer('one'), two: modernServer('two') },
      hub: { separator: '-', servers: { one: { prefix: 'erste' } } },
    };
    await withHub(config, async (client) => {
      expect(await client.names('tools')).toEqual(expect.arrayContaining(['erste-echo', 'two-echo']));
      expect(await client.names('prompts')).toEqual(['erste-greet', 'two-greet']);
      expect(await client.callText('erste-echo', { m: 'x' })).toBe('x');
      expect(await codeOf(client, 'one__echo')).toBe(-32602);
    });
  }, 20_000);

  test('go without a prefix where it is empty, and no name of another upstream is lost', async () => {
    const config = {
      mcpServers: { one: legacyServer('one'), two: legacyServer('two') },
      hub: { servers: { one: { prefix: '' }, two: { prefix: '' } } },
    };
    await withHub(config, async (client) => {
      const tools = await client.names('tools');
      expect(tools.filter((name) => name === 'echo')).toHaveLength(1);
      expect(tools.filter((name) => /^echo_[0-9a-f]{8}$/.test(name))).toHaveLength(1);
      expect(JSON.parse(await client.callText('whoami'))).toMatchObject({ argv: ['one'] });
      const second = tools.find((name) => /^whoami_[0-9a-f]{8}$/.test(name)) ?? '';
      expect(JSON.parse(await client.callText(second))).toMatchObject({ argv: ['two'] });
    });
  }, 20_000);

  test('and descriptions can be replaced', async () => {
    const config = {
      mcpServers: { one: legacyServer('one') },
      hub: { servers: { one: { rename: { echo: 'say' }, describe: { echo: 'Says it again' } } } },
    };
    await withHub(config, async (client) => {
      const { message } = await client.request('tools/list');
      const tools = message.result?.['tools'] as { name: string; description: string }[];
      expect(tools.find(({ name }) => name === 'one__say')).toMatchObject({
        description: 'Says it again',
        'x-unknown': { kept: [1, 2.5, null] },
      });
      expect(tools.some(({ name }) => name === 'one__echo')).toBe(false);
      expect(await client.callText('one__say', { m: 'x' })).toBe('x');
      expect(await codeOf(client, 'one__echo')).toBe(-32602);
    });
  }, 20_000);

  test('that no client would take are made safe, and still work', async () => {
    verifies('tools:name:characters');
    const config = { mcpServers: { 'a server with a name that is far too long for any client': legacyServer('one') } };
    await withHub(config, async (client, hub) => {
      const tools = await client.names('tools');
      for (const name of tools) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,54}$/);
      expect(new Set(tools).size).toBe(tools.length);
      const { message } = await client.request('tools/list');
      const definitions = message.result?.['tools'] as { name: string; description: string }[];
      const echo = definitions.find(({ description }) => description === 'Gives its argument m back')?.name ?? '';
      expect(await client.callText(echo, { m: 'x' })).toBe('x');
      expect(hub.stderr()).toMatch(/far too long/);
    });
  }, 20_000);
});

describe('resources of several upstreams', () => {
  const config = { mcpServers: { one: legacyServer('one'), two: modernServer('two') } };

  test('keep their URIs; a URI that two claim belongs to the first, and the other is offered under a URI of the hub', async () => {
    verifies('tools:content:resource-link');
    await withHub(config, async (client) => {
      const uris = await client.names('resources');
      expect(uris).toEqual(expect.arrayContaining(['test://one/one', 'test://two/one', 'test://shared']));
      expect(uris.filter((uri) => uri === 'test://shared')).toHaveLength(1);
      const others = 'mcp-hub://two/test%3A%2F%2Fshared';
      expect(uris).toContain(others);
      const read = async (uri: string): Promise<unknown> =>
        (await client.request('resources/read', { uri })).message.result;
      expect(await read('test://shared')).toMatchObject({ contents: [{ text: 'shared of one' }] });
      expect(await read(others)).toMatchObject({ contents: [{ uri: others, text: 'shared of two' }] });
      const link = { type: 'resource_link', uri: 'test://shared', name: 'shared' };
      const { message } = await client.call('two__bytes', { json: JSON.stringify({ content: [link] }) });
      expect(message.result).toMatchObject({ content: [{ uri: others }] });
    });
  }, 20_000);
});

describe('filters', () => {
  const config = {
    mcpServers: { one: legacyServer('one'), two: modernServer('two') },
    hub: {
      servers: {
        one: { tools: { include: ['e*', 'b*'], exclude: ['b?g'] }, resources: { exclude: ['**/image'] } },
        two: { tools: { exclude: ['*'] }, prompts: { exclude: ['greet'] } },
      },
    },
  };

  test('neither list nor call what is left out, which is unknown like any unknown name', async () => {
    verifies('prompts:unknown');
    await withHub(config, async (client) => {
      expect(await client.names('tools')).toEqual(['one__echo', 'one__bytes']);
      expect(await client.names('prompts')).toEqual(['one__greet']);
      expect(await client.names('resources')).not.toContain('test://one/image');
      for (const name of ['one__big', 'one__slow', 'two__echo', 'one__nothing']) {
        const { error } = (await client.call(name, {})).message;
        expect(error?.code).toBe(-32602);
        expect(error?.message).toBe(`Unknown tool: ${name}`);
      }
      const prompt = await client.request('prompts/get', { name: 'two__greet' });
      expect(prompt.message.error?.code).toBe(-32602);
      const image = await client.request('resources/read', { uri: 'test://one/image' });
      expect(image.message.error).toBeDefined();
    });
  }, 20_000);
});

describe('routes', () => {
  const home = createTempHome();
  const config: HubConfigFile = {
    mcpServers: { one: legacyServer('one'), two: modernServer('two'), three: legacyServer('three') },
    hub: {
      routes: [
        { match: 'whoami', kind: 'tool', to: ['two', 'one'] },
        { match: 'say_*', kind: 'tool', to: 'one' },
        { match: 'test://shared', kind: 'resource', to: 'two' },
        { match: 'greet', kind: 'prompt', to: 'one' },
        { match: '*', kind: 'tool', to: 'three' },
      ],
    },
  };
  let hub: HubProcess;
  let client: Talker;

  beforeAll(async () => {
    hub = await startHub({ config, home });
    await initialize(hub);
    client = talker(hub, 'legacy');
    await client.names('tools');
  }, 20_000);
  afterAll(async () => {
    await hub.stop();
    home.remove();
  }, 20_000);

  const owner = async (name: string): Promise<unknown> =>
    (JSON.parse(await client.callText(name)) as { argv: string[] }).argv[0];

  test('the first row that matches wins, and its first upstream that has the name', async () => {
    expect(await owner('whoami')).toBe('two');
  });

  test('a qualified name always works', async () => {
    expect(await owner('one__whoami')).toBe('one');
    expect(await owner('two__whoami')).toBe('two');
    expect(await owner('three__whoami')).toBe('three');
  });

  test('what follows the literal part of a glob can be the own name', async () => {
    expect(await client.callText('say_echo', { m: 'x' })).toBe('x');
  });

  test('`*` is the default route, and lists names without a prefix', async () => {
    const tools = await client.names('tools');
    expect(tools).toEqual(expect.arrayContaining(['echo', 'whoami', 'one__echo', 'two__echo']));
    expect(new Set(tools).size).toBe(tools.length);
    expect(await client.callText('echo', { m: 'x' })).toBe('x');
  });

  test('prompts and resources have routes too', async () => {
    const prompt = await client.request('prompts/get', { name: 'greet', arguments: { who: 'Ada' } });
    expect(JSON.stringify(prompt.message.result)).toContain('says one');
    const shared = await client.request('resources/read', { uri: 'test://shared' });
    expect(shared.message.result).toMatchObject({ contents: [{ text: 'shared of two' }] });
  });

  test('an unknown name is unknown', async () => {
    expect(await codeOf(client, 'nothing_at_all')).toBe(-32602);
  });

  const explain = async (name: string, ...args: string[]): Promise<CommandResult> =>
    runCommand(['route', name, '--config', hub.configFile, ...args], { home });

  test('`mcp-hub route` says where a name goes and why', async () => {
    const byRoute = JSON.parse((await explain('whoami', '--json')).stdout) as Record<string, unknown>;
    expect(byRoute).toMatchObject({ schemaVersion: 1, upstream: 'two', ownName: 'whoami', via: 'route' });
    const byName = await explain('one__echo');
    expect(byName.code).toBe(0);
    expect(byName.stdout).toMatch(/\bone\b/);
    expect(byName.stdout).toMatch(/\becho\b/);
    const byUri = await explain('test://shared');
    expect(byUri.stdout).toMatch(/\btwo\b/);
    const unknown = await explain('nothing_at_all');
    expect(unknown.code).toBe(4);
  }, 40_000);
});

describe('`mcp-hub config validate`', () => {
  test('warns of routes in conflict with file, line and column', async () => {
    const home = createTempHome();
    const file = home.file('routes.jsonc');
    const text = `{
  // two upstreams
  "mcpServers": { "one": { "command": "one" }, "two": { "command": "two" } },
  "hub": {
    "routes": [
      { "match": "*", "kind": "tool", "to": "one" },
      { "match": "echo", "kind": "tool", "to": "two" },
      { "match": "x_*", "to": "nobody" }
    ]
  }
}
`;
    writeFileSync(file, text);
    const { code, stdout, stderr } = await runCommand(['config', 'validate', '--config', file], { home });
    const said = stdout + stderr;
    expect(said).toMatch(/routes\.jsonc:7:\d+/);
    expect(said).toMatch(/routes\.jsonc:8:\d+/);
    expect(said).toMatch(/nobody/);
    expect(code).toBe(0);
    home.remove();
  }, 20_000);
});
