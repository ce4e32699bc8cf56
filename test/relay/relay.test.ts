import { describe, expect, test } from 'vitest';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Interceptor } from '../../src/dispatch/interceptor.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { RoutedRequest } from '../../src/relay/relay.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { LEGACY_CLIENT, resultReply, untilGivenUp } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { type Core, createCore, outcomesOf } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

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
    ask: async () => ({ ok: false, error: { code: -32601, message: 'nobody to ask' } }),
    ...over,
  });

const errorOf = (reply: Reply): string => (reply.kind === 'error' ? reply.error.message : reply.kind);

const math = () => createFakeUpstream('math', { definitions: { tools: [tool('add')], prompts: [{ name: 'teach' }] } });

describe('a call', () => {
  test('goes to the upstream that owns its name, under its own name there', async () => {
    const upstream = math();
    const core = createCore([upstream, createFakeUpstream('other')]);
    const reply = await carry(core, { name: 'math__add', arguments: { a: 1 }, _meta: { k: 1 } });
    expect(reply).toMatchObject({ kind: 'result', body: { value: { from: 'math' } } });
    expect(upstream.calls[0]?.params).toEqual({ name: 'add', arguments: { a: 1 }, _meta: { k: 1 } });
    expect(upstream.calls[0]?.target).toMatchObject({ upstream: 'math', qualifiedName: 'math__add', ownName: 'add' });
    expect(core.eventsOf('call.started')[0]).toMatchObject({
      upstream: 'math',
      qualifiedName: 'math__add',
      ownName: 'add',
    });
    expect(outcomesOf(core)).toEqual(['ok']);
  });

  test('starts only the upstream whose prefix it has', async () => {
    const other = createFakeUpstream('other');
    await carry(createCore([math(), other]), { name: 'math__add' });
    expect(other.connects).toBe(0);
  });

  test('goes to the first upstream of its route that has the name, whichever says first what it offers', async () => {
    const two = Promise.withResolvers<void>();
    const both = { definitions: { tools: [tool('whoami')] } };
    const core = createCore(
      [createFakeUpstream('one', both), createFakeUpstream('two', { ...both, start: () => two.promise })],
      { routes: [{ match: 'whoami', to: ['two', 'one'] }] },
    );
    const reply = carry(core, { name: 'whoami' });
    await settle();
    two.resolve();
    expect(await reply).toMatchObject({ body: { value: { from: 'two' } } });
  });

  test('to an unknown name fails, reaches nobody, and is recorded', async () => {
    const upstream = math();
    const core = createCore([upstream]);
    expect(errorOf(await carry(core, { name: 'math__nothing' }))).toBe('Unknown tool: math__nothing');
    expect(errorOf(await carry(core, { name: 'nobody__add' }))).toBe('Unknown tool: nobody__add');
    expect(errorOf(await carry(core, { uri: 'x:1' }, { method: 'resources/read', subject: 'resource' }))).toBe(
      'Unknown resource: x:1',
    );
    expect(upstream.calls).toEqual([]);
    expect(outcomesOf(core)).toEqual(['error', 'error', 'error']);
  });

  test('with wrong params fails before anything is started', async () => {
    const upstream = math();
    const core = createCore([upstream]);
    const reply = await carry(core, { name: 5 });
    expect(reply).toMatchObject({
      kind: 'error',
      error: { code: -32602, message: 'Invalid params for tools/call: params.name must be a string that is not empty' },
    });
    expect(upstream.connects).toBe(0);
    expect(outcomesOf(core)).toEqual(['error']);
  });

  test('to an upstream that cannot be started says why', async () => {
    const start = async (): Promise<void> => {
      throw new HubError('UPSTREAM_START_FAILED', 'evil did not start: exit code 3', { upstream: 'evil' });
    };
    const core = createCore([createFakeUpstream('evil', { start }), math()]);
    expect(errorOf(await carry(core, { name: 'evil__x' }))).toBe('evil did not start: exit code 3');
    expect(outcomesOf(core)).toEqual(['error']);
  });

  test('to an upstream that is still starting says so after a while', async () => {
    const core = createCore([createFakeUpstream('slow', { start: () => new Promise(() => {}) })], { firstListMs: 20 });
    expect(errorOf(await carry(core, { name: 'slow__x' }))).toBe('slow is still being started');
  });

  test('to an upstream that does not answer what it offers says so after a while', async () => {
    const mute = createFakeUpstream('mute', { definitions: { tools: [] }, answer: () => new Promise(() => {}) });
    const core = createCore([mute, math()], { firstListMs: 20 });
    expect(errorOf(await carry(core, { name: 'mute__x' }))).toBe('mute has not said which tools it offers');
  });

  test('for a URI waits for the templates too, where only the resources are known yet', async () => {
    const templates = Promise.withResolvers<Reply>();
    const upstream = createFakeUpstream('notes', {
      definitions: { resources: [] },
      answer: (method) => (method === 'resources/templates/list' ? templates.promise : undefined),
    });
    const core = createCore([upstream]);
    await core.view.catalog.load('notes', 'resources');
    const reply = carry(core, { uri: 'note:///1' }, { method: 'resources/read', subject: 'resource' });
    await settle();
    templates.resolve(resultReply({ resourceTemplates: [{ uriTemplate: 'note:///{id}', name: 'note' }] }));
    expect((await reply).kind).toBe('result');
  });

  test('that is given up while its owner is looked for is recorded as cancelled', async () => {
    const core = createCore([createFakeUpstream('slow', { start: () => new Promise(() => {}) })]);
    const giver = new AbortController();
    const reply = carry(core, { name: 'slow__x' }, { signal: giver.signal });
    await settle(1);
    giver.abort(new HubError('CANCELLED', 'enough'));
    expect(await reply).toMatchObject({ kind: 'error', failure: { code: 'CANCELLED' } });
    expect(outcomesOf(core)).toEqual(['cancelled']);
  });

  test('passes through the interceptors, whose replies are recorded like any other', async () => {
    const seen: string[] = [];
    const deny: Interceptor = (next) => async (call) => {
      seen.push(call.target.ownName);
      return call.params['arguments'] === undefined
        ? failureReply(new HubError('TIMEOUT', 'too slow', { sent: true }))
        : next(call);
    };
    const upstream = math();
    const core = createCore([upstream], { interceptors: [deny] });
    expect(errorOf(await carry(core, { name: 'math__add' }))).toBe('too slow');
    expect((await carry(core, { name: 'math__add', arguments: {} })).kind).toBe('result');
    expect(upstream.calls).toHaveLength(1);
    expect(seen).toEqual(['add', 'add']);
    expect(outcomesOf(core)).toEqual(['timeout', 'ok']);
  });

  test('that an interceptor breaks is answered, and recorded as an error', async () => {
    const broken: Interceptor = () => async () => {
      throw new Error('a fault of ours');
    };
    const core = createCore([math()], { interceptors: [broken] });
    expect(await carry(core, { name: 'math__add' })).toMatchObject({
      kind: 'error',
      error: { code: -32603, message: 'a fault of ours' },
    });
    expect(outcomesOf(core)).toEqual(['error']);
  });

  test('hands its cancellation to the upstream', async () => {
    const upstream = createFakeUpstream('math', {
      definitions: { tools: [tool('add')] },
      call: ({ signal }) => untilGivenUp(signal),
    });
    const core = createCore([upstream]);
    const giver = new AbortController();
    const reply = carry(core, { name: 'math__add' }, { signal: giver.signal });
    while (upstream.calls.length === 0) await settle(1);
    giver.abort(new HubError('CANCELLED', 'enough'));
    expect(await reply).toMatchObject({ failure: { code: 'CANCELLED' } });
    expect(outcomesOf(core)).toEqual(['cancelled']);
  });

  test('teaches who owns the URIs in its result', async () => {
    verifies('tools:content:resource-link');
    const upstream = createFakeUpstream('math', {
      definitions: { tools: [tool('add')] },
      call: () => resultReply({ content: [{ type: 'resource_link', uri: 'x:result', name: 'r' }] }),
    });
    const core = createCore([upstream]);
    await carry(core, { name: 'math__add' });
    await carry(core, { uri: 'x:result' }, { method: 'resources/read', subject: 'resource' });
    expect(upstream.calls[1]?.params).toEqual({ uri: 'x:result' });
  });
});

describe('a completion', () => {
  const complete = (core: Core, ref: JsonObject): PromiseLike<Reply> =>
    carry(core, { ref, argument: { name: 'a', value: 'b' } }, { method: 'completion/complete', subject: 'reference' });

  test('of a prompt goes to its owner under its own name', async () => {
    verifies('completion:references');
    const upstream = math();
    await complete(createCore([upstream]), { type: 'ref/prompt', name: 'math__teach' });
    expect(upstream.calls[0]?.params).toEqual({
      ref: { type: 'ref/prompt', name: 'teach' },
      argument: { name: 'a', value: 'b' },
    });
  });

  test('of a template goes to its owner, also where the list of templates was never asked for', async () => {
    const uriTemplate = 'x:{a}/b';
    const upstream = createFakeUpstream('files', {
      definitions: { resources: [], templates: [{ uriTemplate, name: 't' }] },
    });
    const core = createCore([upstream]);
    await complete(core, { type: 'ref/resource', uri: uriTemplate });
    await complete(core, { type: 'ref/resource', uri: uriTemplate });
    expect(upstream.calls.map(({ params }) => (params['ref'] as JsonObject)['uri'])).toEqual([
      uriTemplate,
      uriTemplate,
    ]);
  });

  test('of a template that two upstreams claim goes to the one that is named', async () => {
    const definitions = { resources: [], templates: [{ uriTemplate: 'x:{a}', name: 't' }] };
    const upstreams = [createFakeUpstream('one', { definitions }), createFakeUpstream('two', { definitions })];
    const core = createCore(upstreams);
    await core.view.catalog.ready('templates');
    await complete(core, { type: 'ref/resource', uri: 'mcp-hub://two/raw/x:{a}' });
    expect(upstreams[0]?.calls).toEqual([]);
    expect(upstreams[1]?.calls[0]?.params['ref']).toEqual({ type: 'ref/resource', uri: 'x:{a}' });
  });
});
