import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/dispatch/reply.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { RoutedRequest } from '../../src/relay/relay.ts';
import type { RouteRow } from '../../src/router/router.ts';
import { LEGACY_CLIENT, MODERN_CLIENT, resultBody, resultReply } from '../support/calls.ts';
import { type Core, createCore } from '../support/create-core.ts';
import { createFakeUpstream, type FakeUpstream, type FakeUpstreamOptions, tool } from '../support/fake-upstream.ts';

const replica = (name: string, options: FakeUpstreamOptions = {}): FakeUpstream =>
  createFakeUpstream(name, {
    definitions: { tools: [tool('add')], resources: [{ uri: 'a://b', name: 'b' }] },
    ...options,
  });

const start = async (
  route: Partial<RouteRow>,
  upstreams = ['one', 'two'].map((name) => replica(name)),
): Promise<Core> => {
  const core = createCore(upstreams, {
    routes: [{ match: 'add', to: ['one', 'two'], strategy: 'round-robin', ...route }],
  });
  await Promise.all(upstreams.map(({ name }) => core.view.catalog.loadFresh(name, 'tools')));
  await Promise.all(upstreams.map(({ name }) => core.view.catalog.loadFresh(name, 'resources')));
  return core;
};

/** Asks for nothing but to be called again with its state. */
const asking = (name: string): FakeUpstream =>
  replica(name, {
    call: ({ params }) =>
      params['requestState'] === undefined
        ? { ...resultReply({}), kind: 'input_required', body: resultBody({ requestState: `of ${name}` }, 'modern') }
        : resultReply({ from: name, state: params['requestState'] }),
  });

const carry = (core: Core, params: JsonObject, over: Partial<RoutedRequest> = {}): PromiseLike<Reply> =>
  core.relay.carry({
    method: 'tools/call',
    subject: 'tool',
    params,
    client: LEGACY_CLIENT,
    logLevel: undefined,
    bytesIn: 10,
    signal: new AbortController().signal,
    wantsProgress: false,
    sink: { sent: () => {}, progress: () => {}, log: () => {} },
    ask: async () => ({ ok: true, result: { action: 'accept' } }),
    ...over,
  });

/** Who has answered each of three calls of a name. */
const answerers = async (core: Core, name: string): Promise<unknown[]> => {
  const replies: unknown[] = [];
  for (let index = 0; index < 3; index += 1) {
    const reply = await carry(core, { name });
    replies.push(reply.kind === 'result' && reply.body.value['from']);
  }
  return replies;
};

describe('a name whose route names several servers', () => {
  test('goes to them by the strategy of the route, and the log says to whom', async () => {
    const core = await start({});
    expect(await answerers(core, 'add')).toEqual(['one', 'two', 'one']);
    expect(core.eventsOf('call.started').map(({ upstream }) => upstream)).toEqual(['one', 'two', 'one']);
  });

  test('is one for all of them behind the literal beginning of the glob', async () => {
    expect(await answerers(await start({ match: 'sum__*' }), 'sum__add')).toEqual(['one', 'two', 'one']);
  });

  test('is for one server alone where it names that server itself', async () => {
    expect(await answerers(await start({ match: '*' }), 'two__add')).toEqual(['two', 'two', 'two']);
  });

  test('is for those alone that offer it', async () => {
    const other = createFakeUpstream('two', { definitions: { tools: [tool('other')] } });
    expect(await answerers(await start({}, [replica('one'), other]), 'add')).toEqual(['one', 'one', 'one']);
  });

  test('may be the URI of a resource', async () => {
    const core = await start({ match: 'a://*' });
    const uri: Partial<RoutedRequest> = { method: 'resources/read', subject: 'resource' };
    await carry(core, { uri: 'a://b' }, uri);
    await carry(core, { uri: 'a://b' }, uri);
    expect(core.eventsOf('call.started').map(({ upstream }) => upstream)).toEqual(['one', 'two']);
  });

  test('is carried on by the server that has asked for input', async () => {
    const core = await start({}, [asking('one'), asking('two')]);
    const modern: Partial<RoutedRequest> = { client: MODERN_CLIENT };
    const ask = async (): Promise<JsonObject> => {
      const asked = await carry(core, { name: 'add' }, modern);
      if (asked.kind !== 'input_required') throw new Error(`it is ${asked.kind}`);
      return JSON.parse(Buffer.from(asked.body.bytes).toString()) as JsonObject;
    };
    const states = [await ask(), await ask()].map(({ requestState }) => requestState as string);
    for (const [index, name] of ['one', 'two', 'two', 'one'].map((name) => [name === 'one' ? 0 : 1, name] as const)) {
      const done = await carry(core, { name: 'add', requestState: states[index] as string }, modern);
      expect(done).toMatchObject({ kind: 'result', body: { value: { from: name, state: `of ${name}` } } });
    }
  });

  test('is carried on there for a client that is asked in its session, too', async () => {
    const core = await start({}, [asking('one'), asking('two')]);
    for (const name of ['one', 'two'])
      expect(await carry(core, { name: 'add' })).toMatchObject({
        body: { value: { from: name, state: `of ${name}` } },
      });
  });
});
