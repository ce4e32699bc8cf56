import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, serveHttp } from '../../fixtures/conformance/serve-http.ts';
import { createStateCodec } from '../../fixtures/conformance/state-codec.ts';
import { createWorld } from '../../fixtures/conformance/world.ts';
import { ALL_ASKED_CLIENTS, type Asked, type AskedClient } from '../support/asked-clients.ts';
import { type ServedHub, serveOnHttp } from '../support/http-hub.ts';
import { HUB_BIN } from '../support/paths.ts';
import { eventually } from '../support/processes.ts';
import { createTempHome } from '../support/temp-home.ts';

const SERVER = fileURLToPath(new URL('../../fixtures/conformance/server.ts', import.meta.url));

/** One server of the v2 SDK behind `serveStdio`, and the same one behind `createMcpHandler`; both know 2026-07-28 alone. */
const UPSTREAMS = ['local', 'remote'] as const;

const home = createTempHome();
const configFile = home.file('mcp-hub.config.json');
let remote: RunningServer;
let served: ServedHub;
beforeAll(async () => {
  remote = await serveHttp('modern', { world: createWorld(), states: createStateCodec() });
  const local = { command: process.execPath, args: [SERVER, '--era', 'modern'] };
  const config = { mcpServers: { local, remote: { type: 'http', url: remote.url } } };
  writeFileSync(configFile, JSON.stringify(config));
  served = await serveOnHttp(config);
}, 30_000);
afterAll(async () => {
  await served.stop();
  await remote.close();
  home.remove();
}, 30_000);

const stdio = () => ({ command: process.execPath, args: [HUB_BIN, 'serve', '--config', configFile], env: home.env });
const http = () => ({ url: served.url, token: served.token });

const CASES = ALL_ASKED_CLIENTS.flatMap(([client, era, connect]) => [
  { client, era, connect, way: 'stdio', target: stdio },
  { client, era, connect, way: 'HTTP', target: http },
]);

const ANSWERS: Readonly<Record<string, object>> = {
  'Who are you?': { username: 'ada', email: 'ada@a.example' },
  'What is your name?': { name: 'Ada' },
  'Step 1: What is your name?': { name: 'Ada' },
  'Step 2: What is your favourite colour?': { color: 'red' },
};

describe.each(CASES)('the $client client of the SDK at servers of the v2 SDK, on $way', ({ era, connect, target }) => {
  let client: AskedClient;
  const questionOf = ({ params }: Asked): string => String(params['message']).replace(/^(local|remote): /, '');
  const answer = (asked: Asked) =>
    asked.method === 'elicitation/create' ? { action: 'accept', content: ANSWERS[questionOf(asked)] } : undefined;
  beforeAll(async () => {
    client = await connect(target(), { answer });
  }, 30_000);
  afterAll(() => client.close(), 30_000);

  describe.each(UPSTREAMS)('with the %s one', (upstream) => {
    const call = async (tool: string, args: object = {}): Promise<{ text: string; asked: Asked[] }> => {
      client.asked.length = 0;
      return { text: await client.callText(`${upstream}__${tool}`, args), asked: [...client.asked] };
    };

    test('fills in a form, which says who asks where the hub puts the question', async () => {
      const { text, asked } = await call('test_elicitation', { message: 'Who are you?' });
      expect(text).toContain('"content":{"username":"ada","email":"ada@a.example"}');
      const message = era === 'modern' ? 'Who are you?' : `${upstream}: Who are you?`;
      expect(asked).toMatchObject([{ params: { message, requestedSchema: { required: ['username', 'email'] } } }]);
    });

    test('samples, and tells its roots', async () => {
      const { text, asked } = await call('test_sampling', { prompt: 'Greet me' });
      expect(asked).toMatchObject([{ params: { maxTokens: 100, messages: [{ content: { text: 'Greet me' } }] } }]);
      expect(text).toContain('hi there');
      expect((await call('test_input_required_result_list_roots')).text).toContain('file:///work');
    });

    test('is asked three things at once, and again where one answer leads to another question', async () => {
      const { text, asked } = await call('test_input_required_result_multiple_inputs');
      expect(text).toBe('Hello, Ada, and everyone else!');
      expect(asked.map(({ method }) => method).sort()).toEqual([
        'elicitation/create',
        'roots/list',
        'sampling/createMessage',
      ]);
      const rounds = await call('test_input_required_result_multi_round');
      expect(rounds.text).toBe('Ada has answered twice');
      expect(rounds.asked.map(questionOf)).toEqual([
        'Step 1: What is your name?',
        'Step 2: What is your favourite colour?',
      ]);
    });

    test('gets the log messages of its calls from its level on', async () => {
      await client.setLogLevel('error');
      expect((await call('test_logging_tool')).text).toBe('Logging evaluated');
      await client.setLogLevel('info');
      await call('test_logging_tool');
      await eventually('the message', () => client.logged.length > 0);
      expect(client.logged.splice(0)).toEqual(['info A message from test_logging_tool']);
    });

    test('hears of a change in the resource that it watches, under the URI that it knows', async () => {
      const [ofLocal = '', ofRemote = ''] = (await client.resourceUris()).filter((uri) =>
        uri.includes('watched-resource'),
      );
      const [watched, other] = upstream === 'local' ? [ofLocal, ofRemote] : [ofRemote, ofLocal];
      expect(watched).not.toBe(other);
      expect(await client.read(watched)).toBe('Watched resource content');
      const stop = await client.watch(watched);
      await call('test_trigger_resource_update', { uri: 'test://watched-resource' });
      await eventually('the change', () => client.updated.length > 0);
      await stop();
      expect(client.updated.splice(0)).toEqual([watched]);
    });

    test('hears of a new tool, and that it is gone', async () => {
      const extra = `${upstream}__test_extra_tool`;
      const stop = await client.watch();
      // What clients before it have changed may be read a moment later: an upstream is not read at each of many changes.
      await eventually('the list without it', async () => !(await client.toolNames()).includes(extra));
      for (const isThere of [true, false]) {
        const before = client.toolChanges;
        await call('test_trigger_tool_change');
        await eventually('the change', () => client.toolChanges > before);
        await eventually('the new list', async () => (await client.toolNames()).includes(extra) === isThere);
      }
      await stop();
    });
  });
});
