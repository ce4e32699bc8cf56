import { afterEach, describe, expect, test } from 'vitest';
import type { Reply } from '../../src/dispatch/reply.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { type RawHttp, startRawHttp } from '../fixtures/transport/raw-http.ts';
import { resultReply } from '../support/calls.ts';
import { createCore } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';
import { createBench } from '../support/relay-bench.ts';

let trap: RawHttp | undefined;
afterEach(async () => {
  await trap?.stop();
  trap = undefined;
});

/** A place in the network that nobody should ask. */
const setTrap = async (): Promise<RawHttp> => {
  trap = await startRawHttp((_request, response) => response.end('{}'));
  return trap;
};

const namesIn = ({ tools = [] }: JsonObject = {}): unknown[] => (tools as { name: string }[]).map(({ name }) => name);

describe('a list of tools', () => {
  test('is the same on every connection, whatever was asked on it before', async () => {
    verifies('tools:list:stable');
    const core = createCore([createFakeUpstream('math', { definitions: { tools: [tool('add'), tool('sub')] } })]);
    const [one, two] = [core.connect(), core.connect()];
    const first = namesIn((await one.modern('tools/list')).result);
    await one.modern('tools/call', { name: 'math__add' });
    await one.modern('tools/call', { name: 'math__nothing' });
    await one.modern('prompts/list');
    expect(first).toEqual(['math__add', 'math__sub']);
    expect(namesIn((await one.modern('tools/list')).result)).toEqual(first);
    expect(namesIn((await two.modern('tools/list')).result)).toEqual(first);
  });

  test('tells servers apart that give themselves one name', async () => {
    verifies('tools:name:not-by-server-info');
    const upstreams = ['one', 'two'].map((name) => {
      const upstream = createFakeUpstream(name, { definitions: { tools: [tool('add')] } });
      const connect = async (signal: AbortSignal) => ({
        ...(await upstream.connect(signal)),
        serverInfo: { name: 'calculator', version: '1' },
      });
      return { ...upstream, connect };
    });
    const client = createCore(upstreams).connect();
    expect(namesIn((await client.modern('tools/list')).result)).toEqual(['one__add', 'two__add']);
    for (const name of ['one', 'two'])
      expect((await client.modern('tools/call', { name: `${name}__add` })).result).toMatchObject({ from: name });
  });

  test('has schemas with references to the network as they are, and nobody follows them', async () => {
    verifies('base:json-schema:no-network-ref');
    const { origin, requests } = await setTrap();
    const inputSchema = { type: 'object', properties: { a: { $ref: `${origin}/schema.json` } } };
    const upstream = createFakeUpstream('up', { definitions: { tools: [tool('add', { inputSchema })] } });
    const client = createCore([upstream]).connect();
    expect((await client.modern('tools/list')).result).toMatchObject({ tools: [{ inputSchema }] });
    expect((await client.modern('tools/call', { name: 'up__add', arguments: { a: 1 } })).error).toBeUndefined();
    expect(requests).toEqual([]);
  });
});

describe('a URL that a person is sent to', () => {
  test('is passed on and not asked for', async () => {
    verifies('elicitation:url:not-fetched');
    const { url, requests } = await setTrap();
    const params = { mode: 'url', message: 'Log in', url };
    const inputRequests = { login: { method: 'elicitation/create', params } };
    const interim = resultReply({ resultType: 'input_required', inputRequests }, 'modern');
    const upstream = createFakeUpstream('up', {
      definitions: { tools: [tool('add')] },
      call: ({ params: { inputResponses } }): Reply =>
        inputResponses === undefined ? { ...interim, kind: 'input_required' } : resultReply({ done: true }),
    });
    const { openLegacy, openModern } = createBench([upstream]);
    const capabilities = { elicitation: { url: {} } };
    const client = await openLegacy(capabilities);
    const done = client.request('tools/call', { name: 'up__add' });
    const question = await client.next('elicitation/create');
    expect(question.params).toMatchObject({ url });
    client.answer(question, { action: 'accept' });
    expect((await done).result).toMatchObject({ done: true });
    const asked = await openModern(capabilities).request('tools/call', { name: 'up__add' });
    expect(asked.result).toMatchObject({ inputRequests: { login: { params: { url } } } });
    expect(requests).toEqual([]);
  });
});

describe('what there is not', () => {
  test('has no completions', async () => {
    verifies('completion:unknown');
    const client = createCore([
      createFakeUpstream('math', { definitions: { prompts: [{ name: 'teach' }] } }),
    ]).connect();
    await client.modern('prompts/list');
    const ref = { type: 'ref/prompt', name: 'math__nothing' };
    const { error } = await client.modern('completion/complete', { ref, argument: { name: 'a', value: '' } });
    expect(error?.code).toBe(-32602);
  });
});
