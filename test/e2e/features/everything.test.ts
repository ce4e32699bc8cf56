import { writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_ASKED_CLIENTS, type Asked, type AskedClient } from '../support/asked-clients.ts';
import { serveOnHttp } from '../support/http-hub.ts';
import { HUB_BIN } from '../support/paths.ts';
import { eventually } from '../support/processes.ts';
import type { Target } from '../support/sdk-transports.ts';
import { createTempHome } from '../support/temp-home.ts';
import { publishedServer } from '../support/upstreams.ts';

const mcpServers = { everything: publishedServer('server-everything') };

interface Place {
  readonly target: Target;
  stop(): Promise<unknown>;
}

const onStdio = async (): Promise<Place> => {
  const home = createTempHome();
  const configFile = home.file('mcp-hub.config.json');
  writeFileSync(configFile, JSON.stringify({ mcpServers }));
  const args = [HUB_BIN, 'serve', '--config', configFile];
  return { target: { command: process.execPath, args, env: home.env }, stop: async () => home.remove() };
};

const onHttp = async (): Promise<Place> => {
  const { url, token, stop } = await serveOnHttp({ mcpServers });
  return { target: { url, token }, stop };
};

/** server-everything keeps what it was told for its whole life, so each client has a hub of its own. */
const CASES = ALL_ASKED_CLIENTS.flatMap(([client, era, connect]) => [
  { client, era, connect, way: 'stdio', open: onStdio },
  { client, era, connect, way: 'HTTP', open: onHttp },
]);

describe.each(CASES)('the $client client of the SDK at server-everything, on $way', ({ era, connect, open }) => {
  let place: Place;
  let client: AskedClient;
  const roots = [{ uri: 'file:///work', name: 'Work' }];
  let elicited: object = {};
  const answer = ({ method }: Asked) => {
    if (method === 'roots/list') return { roots };
    return method === 'elicitation/create' ? { ...elicited } : undefined;
  };
  let toldRoots: string;
  /**
   * The server asks for roots once: at the first call that needs them, or 350 ms after its start. In the second case no call
   * leads to a client without a session, and the server keeps that there are none. On a machine that is busy the first call
   * may come too late, and another server is started.
   */
  beforeAll(async () => {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      place = await open();
      client = await connect(place.target, { answer });
      toldRoots = await client.callText('everything__get-roots-list');
      if (!toldRoots.includes('no roots are currently configured')) return;
      await client.close();
      await place.stop();
    }
    throw new Error('the server has asked for roots without a call each time');
  }, 60_000);
  afterAll(async () => {
    await client.close();
    await place.stop();
  }, 30_000);

  /** Calls a tool of it, and gives the text of the answer with what the client was asked meanwhile. */
  const call = async (tool: string, args: object = {}): Promise<{ text: string; asked: Asked[] }> => {
    client.asked.length = 0;
    return { text: await client.callText(`everything__${tool}`, args), asked: [...client.asked] };
  };

  test('tells its roots', () => {
    expect(toldRoots).toContain('Current MCP Roots (1 total)');
    expect(toldRoots).toContain('1. Work\n   URI: file:///work');
  });

  test('sees the tools for clients that can be asked, and one beside it that cannot be asked does not', async () => {
    const conditional = ['get-roots-list', 'trigger-elicitation-request', 'trigger-sampling-request'];
    const qualified = conditional.map((name) => `everything__${name}`);
    expect(await client.toolNames()).toEqual(expect.arrayContaining(qualified));
    const mute = await connect(place.target, { capabilities: {} });
    const names = await mute.toolNames();
    await mute.close();
    expect(names).toContain('everything__echo');
    expect(names.filter((name) => qualified.includes(name))).toEqual([]);
  });

  test('samples with what the server has asked for', async () => {
    const { text, asked } = await call('trigger-sampling-request', { prompt: 'Hello', maxTokens: 7 });
    expect(asked).toMatchObject([
      {
        method: 'sampling/createMessage',
        params: {
          maxTokens: 7,
          temperature: 0.7,
          systemPrompt: expect.stringContaining('You are a helpful test server.') as string,
          messages: [
            {
              role: 'user',
              content: { type: 'text', text: expect.stringContaining('context: Hello') as string },
            },
          ],
        },
      },
    ]);
    expect(text).toContain('"text": "hi there"');
    expect(text).toContain('"model": "test"');
  });

  test('fills in a form of every kind of field, and may decline it', async () => {
    elicited = {
      action: 'accept',
      content: { name: 'Ada', check: true, integer: 7, titledSingleSelectEnum: 'hero-2' },
    };
    const { text, asked } = await call('trigger-elicitation-request');
    expect(text).toContain('- Name: Ada\n- Agreed to terms: true\n');
    expect(text).toContain('- Favorite Integer: 7');
    expect(asked).toMatchObject([
      {
        params: {
          message: 'everything: Please provide inputs for the following fields:',
          requestedSchema: {
            required: ['name'],
            properties: {
              birthdate: { type: 'string', format: 'date' },
              integer: { minimum: 1, maximum: 100, default: 42 },
              titledSingleSelectEnum: { oneOf: [{ const: 'hero-1', title: 'Superman' }, {}, {}] },
              titledMultipleSelectEnum: { items: { anyOf: [{ const: 'fish-1' }, {}, {}] }, maxItems: 3 },
              legacyTitledEnum: { enumNames: ['Cats', 'Dogs', 'Birds', 'Fish', 'Reptiles'] },
            },
          },
        },
      },
    ]);
    elicited = { action: 'decline' };
    expect((await call('trigger-elicitation-request')).text).toContain('User declined');
  });

  test('is sent to a URL', async () => {
    elicited = { action: 'accept' };
    const args = { url: 'https://a.example/login', message: 'Log in there', elicitationId: 'e-1' };
    const { text, asked } = await call('trigger-url-elicitation', args);
    expect(asked).toMatchObject([{ params: { mode: 'url', url: args.url, message: 'everything: Log in there' } }]);
    expect(text).toContain(
      'User completed the URL elicitation flow.\nElicitation ID: e-1\nURL: https://a.example/login',
    );
  });

  test('is sent to a URL that is needed first', async () => {
    const args = { url: 'https://b.example/pay', message: 'Pay', errorPath: true };
    if (era === 'legacy') {
      // The refusal of its own era, by which it tells its person where to go, and then calls again.
      await expect(call('trigger-url-elicitation', args)).rejects.toMatchObject({
        code: -32042,
        data: { elicitations: [{ mode: 'url', url: 'https://modelcontextprotocol.io' }] },
      });
    }
    const { text, asked } = await call('trigger-url-elicitation', args);
    const urls = asked.map(({ params }) => params['url']);
    expect(urls).toEqual(era === 'legacy' ? [args.url] : ['https://modelcontextprotocol.io', args.url]);
    expect(text).toContain('User completed the URL elicitation flow.');
  });

  test('hears of changes in the resources that it watches, as long as it watches them', async () => {
    const [one, two] = ['demo://resource/dynamic/text/1', 'demo://resource/dynamic/text/2'];
    // It tells of all that are watched when it is switched on, and then every five seconds.
    const tellOnce = async (): Promise<void> => {
      await call('toggle-subscriber-updates');
      await call('toggle-subscriber-updates');
    };
    const unwatchOne = await client.watch(one);
    await tellOnce();
    await eventually('the change', () => client.updated.length > 0);
    expect(client.updated.splice(0)).toEqual([one]);
    const unwatchTwo = await client.watch(two);
    await unwatchOne();
    await tellOnce();
    await eventually('the change', () => client.updated.length > 0);
    expect(client.updated.splice(0)).toEqual([two]);
    await unwatchTwo();
  });

  test('hears of a new resource, and reads it', async () => {
    const stop = await client.watch();
    const uri = 'demo://resource/session/greeting.gz';
    expect(await client.resourceUris()).not.toContain(uri);
    const before = client.resourceChanges;
    await call('gzip-file-as-resource', { name: 'greeting.gz', data: 'data:text/plain,Hei%20hei' });
    await eventually('the change', () => client.resourceChanges > before);
    expect(await client.resourceUris()).toContain(uri);
    expect(gunzipSync(await client.read(uri)).toString()).toBe('Hei hei');
    await stop();
  });

  test('gets its log messages', async () => {
    await client.setLogLevel('debug');
    await call('toggle-simulated-logging');
    await eventually('the message', () => client.logged.some((line) => /^(\w+) \1.level.message$/i.test(line)));
    await call('toggle-simulated-logging');
  });

  test.runIf(era === 'legacy')('is asked for its roots again when it says that they have changed', async () => {
    roots.push({ uri: 'file:///play', name: 'Play' });
    await client.tellRootsChanged();
    await eventually('the server to know', () =>
      client.logged.includes('info Roots updated: 2 root(s) received from client'),
    );
    expect((await call('get-roots-list')).text).toContain('2. Play\n   URI: file:///play');
  });
});
