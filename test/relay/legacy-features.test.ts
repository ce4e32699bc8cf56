import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createErrorBody } from '../../src/protocol/parse.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { errorReply, resultReply, untilGivenUp } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { createFakeUpstream, type FakeUpstreamOptions, tool } from '../support/fake-upstream.ts';
import { accepted, askAll, createBench } from '../support/relay-bench.ts';

const CAN_ALL = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true } };
const ADD = { name: 'up__add' };
const RESOURCES = [
  { uri: 'test://a', name: 'a' },
  { uri: 'test://b', name: 'b' },
];

const create = (options: FakeUpstreamOptions = {}) => {
  const upstream = createFakeUpstream('up', {
    definitions: { tools: [tool('add')], resources: RESOURCES, templates: [] },
    ...options,
  });
  return { upstream, ...createBench([upstream]) };
};

describe('a session that is asked', () => {
  test('gets a request that belongs to its own, with the name of the upstream, and its answer goes back', async () => {
    const { openLegacy } = create({ call: askAll({ params: { message: 'Which color?', x: 1 } }) });
    const client = await openLegacy(CAN_ALL);
    const done = client.request('tools/call', ADD, 'call-1');
    const question = await client.next('elicitation/create');
    expect(question).toMatchObject({
      id: expect.any(String) as string,
      params: { message: 'up: Which color?', x: 1 },
      about: '"call-1"',
    });
    client.answer(question, accepted('red'));
    expect((await done).result).toMatchObject({ answers: [accepted('red')] });
  });

  test('may answer several questions in any order', async () => {
    const { openLegacy } = create({
      call: askAll({}, { method: 'sampling/createMessage', params: {} }, { method: 'roots/list', params: {} }),
    });
    const client = await openLegacy(CAN_ALL);
    const done = client.request('tools/call', ADD);
    const questions = [
      await client.next('elicitation/create'),
      await client.next('sampling/createMessage'),
      await client.next('roots/list'),
    ];
    expect(new Set(questions.map(({ id }) => id)).size).toBe(3);
    for (const [index, question] of [...questions.entries()].reverse()) client.answer(question, { index });
    expect((await done).result?.['answers']).toEqual([{ index: 0 }, { index: 1 }, { index: 2 }]);
  });

  test('may refuse: the upstream gets its error, data and all', async () => {
    const { openLegacy } = create({ call: askAll({}) });
    const client = await openLegacy(CAN_ALL);
    const done = client.request('tools/call', ADD);
    client.refuse(await client.next('elicitation/create'), -1, 'User rejected');
    expect((await done).result?.['answers']).toEqual([{ error: { code: -1, message: 'User rejected' } }]);
  });

  test.each(['elicitation/create', 'sampling/createMessage', 'roots/list'] as const)(
    'without the capability is not asked by %s; the upstream is told so',
    async (method) => {
      verifies('lifecycle:capabilities:only-negotiated', 'roots:unsupported');
      const { openLegacy } = create({ call: askAll({ method }) });
      const client = await openLegacy({});
      const { result } = await client.request('tools/call', ADD);
      const message = expect.stringContaining('has no capability') as string;
      expect(result?.['answers']).toEqual([{ error: { code: -32601, message } }]);
      expect(client.of(method)).toEqual([]);
    },
  );

  test('is not asked in a mode that it did not declare; the upstream is told so', async () => {
    verifies('elicitation:modes', 'sampling:tools');
    const { openLegacy } = create({
      call: askAll(
        { params: { mode: 'url', message: 'Log in', url: 'https://a.example' } },
        { method: 'sampling/createMessage', params: { messages: [], tools: [] } },
      ),
    });
    const client = await openLegacy({ elicitation: {}, sampling: {} });
    const { result } = await client.request('tools/call', ADD);
    expect(result?.['answers']).toEqual([
      { error: { code: -32602, message: 'the client has no capability elicitation.url' } },
      { error: { code: -32602, message: 'the client has no capability sampling.tools' } },
    ]);
    expect([client.of('elicitation/create'), client.of('sampling/createMessage')]).toEqual([[], []]);
  });

  test('is told when its answer is not needed any more', async () => {
    const { openLegacy } = create({ call: (call) => Promise.race([askAll({})(call), untilGivenUp(call.signal)]) });
    const client = await openLegacy(CAN_ALL);
    void client.request('tools/call', ADD, 7);
    const question = await client.next('elicitation/create');
    client.notify('notifications/cancelled', { requestId: 7, reason: 'changed my mind' });
    const cancelled = await client.next('notifications/cancelled');
    expect(cancelled).toMatchObject({ params: { requestId: question.id }, about: '7' });
    client.answer(question, accepted('late'));
    await client.connection.settled();
    expect(client.told.some(({ id, method }) => id === 7 && method === undefined)).toBe(false);
  });

  test('that goes leaves its questions unanswered, and the call ends', async () => {
    const { openLegacy, upstream, outcomes } = create({ call: askAll({}) });
    const client = await openLegacy(CAN_ALL);
    void client.request('tools/call', ADD);
    await client.next('elicitation/create');
    client.connection.close();
    await client.connection.settled();
    expect(upstream.calls[0]?.signal.aborted).toBe(true);
    expect(outcomes()).toHaveLength(1);
  });

  test('takes no answer to a question that was never put', async () => {
    const { openLegacy } = create({ call: askAll({}) });
    const client = await openLegacy(CAN_ALL);
    const done = client.request('tools/call', ADD);
    const question = await client.next('elicitation/create');
    client.answer({ ...question, id: 'hub-99' }, accepted('forged'));
    client.answer({ ...question, id: 1 }, accepted('forged'));
    client.answer(question, accepted('true'));
    client.answer(question, accepted('twice'));
    expect((await done).result?.['answers']).toEqual([accepted('true')]);
  });

  test('gets a URL elicitation with an id, as its era wants it', async () => {
    verifies('elicitation:url:id');
    const { openLegacy } = create({
      call: askAll({ params: { mode: 'url', message: 'Log in', url: 'https://a.example' } }),
    });
    const client = await openLegacy(CAN_ALL);
    void client.request('tools/call', ADD);
    expect((await client.next('elicitation/create')).params).toMatchObject({
      mode: 'url',
      url: 'https://a.example',
      elicitationId: expect.any(String) as string,
    });
  });

  test('hears of the end of a URL elicitation that it was told of, once, and of no other', async () => {
    const told = { mode: 'url', message: 'Log in', url: 'https://a.example' };
    const refusal = createErrorBody(-32042, 'URL elicitation required', {
      elicitations: [{ ...told, elicitationId: 'refused' }],
    });
    const { openLegacy, upstream } = create({
      call: async (call) => {
        if (call.params['name'] === 'refuse') return { ...errorReply(-32042, ''), error: refusal, from: 'legacy' };
        return askAll({ params: { ...told, elicitationId: 'asked' } })(call);
      },
      definitions: { tools: [tool('add'), tool('refuse')], resources: [], templates: [] },
    });
    const [client, other] = [await openLegacy(CAN_ALL), await openLegacy(CAN_ALL)];
    const done = client.request('tools/call', ADD);
    client.answer(await client.next('elicitation/create'), { action: 'accept' });
    await done;
    await client.request('tools/call', { name: 'up__refuse' });
    for (const id of ['asked', 'refused', 'of nobody', 'asked']) upstream.tellElicitationComplete(id);
    expect(client.of('notifications/elicitation/complete').map(({ params }) => params)).toEqual([
      { elicitationId: 'asked' },
      { elicitationId: 'refused' },
    ]);
    expect(other.of('notifications/elicitation/complete')).toEqual([]);
  });

  test('outside of any call is asked when it is the only one', async () => {
    const { openLegacy, view } = create();
    const client = await openLegacy(CAN_ALL);
    const [session] = view.sessions;
    const question = { upstream: 'up', key: '1', method: 'roots/list', params: {} } as const;
    const answer = session?.ask(question, new AbortController().signal);
    client.answer(await client.next('roots/list'), { roots: [] });
    expect(await answer).toEqual({ ok: true, result: { roots: [] } });
    client.connection.close();
    expect(view.sessions.size).toBe(0);
  });
});

describe('a session that watches a resource', () => {
  test('is told of changes until it watches no more', async () => {
    verifies('resources:updated', 'resources:unsubscribed');
    const { openLegacy, upstream } = create();
    const client = await openLegacy();
    expect((await client.request('resources/subscribe', { uri: 'test://a' })).result).toEqual({});
    upstream.tellUpdate('test://a');
    upstream.tellUpdate('test://b');
    expect(client.of('notifications/resources/updated').map(({ params }) => params)).toEqual([{ uri: 'test://a' }]);
    expect((await client.request('resources/unsubscribe', { uri: 'test://a' })).result).toEqual({});
    upstream.tellUpdate('test://a');
    expect(client.of('notifications/resources/updated')).toHaveLength(1);
    expect(upstream.watched).toEqual([]);
  });

  test('is told alone, and gives it up when it goes', async () => {
    const { openLegacy, upstream } = create();
    const [one, two] = [await openLegacy(), await openLegacy()];
    await one.request('resources/subscribe', { uri: 'test://a' });
    upstream.tellUpdate('test://a');
    expect([one, two].map((client) => client.of('notifications/resources/updated').length)).toEqual([1, 0]);
    one.connection.close();
    expect(upstream.watched).toEqual([]);
  });

  test('is told that there is no such resource, or that the upstream does not want it watched', async () => {
    const { openLegacy } = create({ watch: () => errorReply(-32601, 'not here') });
    const client = await openLegacy();
    expect((await client.request('resources/subscribe', { uri: 'test://none' })).error).toMatchObject({
      code: expect.any(Number) as number,
      message: 'Unknown resource: test://none',
    });
    expect((await client.request('resources/subscribe', {})).error?.code).toBe(-32602);
    expect((await client.request('resources/subscribe', { uri: 'test://a' })).error).toMatchObject({ code: -32601 });
    expect((await client.request('resources/unsubscribe', { uri: 'test://none' })).result).toEqual({});
  });

  test('that gives the request up gets no answer to it', async () => {
    const answer = Promise.withResolvers<Reply>();
    const { openLegacy } = create({ watch: () => answer.promise });
    const client = await openLegacy();
    void client.request('resources/subscribe', { uri: 'test://a' }, 'watch');
    await settle();
    client.notify('notifications/cancelled', { requestId: 'watch' });
    answer.resolve(errorReply(-31015, 'given up'));
    await client.connection.settled();
    expect(client.told.filter(({ id }) => id === 'watch')).toEqual([]);
  });

  test('before it has opened its session gives it up all the same when it goes', async () => {
    const { openLegacy, upstream } = create();
    const client = await openLegacy({}, { isOpened: false });
    await client.request('resources/subscribe', { uri: 'test://a' });
    expect(upstream.watched).toEqual(['test://a']);
    client.connection.abandon(new HubError('SHUTTING_DOWN', 'the hub is ending'));
    client.connection.close();
    expect(upstream.watched).toEqual([]);
  });
});

describe('the log messages of an upstream', () => {
  const say = (level: string) => ({ level, data: level });

  test('reach a session at its own level and above, with the name of the upstream', async () => {
    verifies('logging:session-level');
    const { openLegacy, upstream } = create();
    const [loud, quiet] = [await openLegacy(), await openLegacy()];
    await loud.request('logging/setLevel', { level: 'info' });
    await quiet.request('logging/setLevel', { level: 'error' });
    for (const level of ['debug', 'info', 'error']) upstream.tellLog(say(level));
    upstream.tellLog({ level: 'alert', logger: 'its own', data: 'x' });
    expect(loud.of('notifications/message').map(({ params }) => params)).toEqual([
      { logger: 'up', ...say('info') },
      { logger: 'up', ...say('error') },
      { logger: 'its own', level: 'alert', data: 'x' },
    ]);
    expect(quiet.of('notifications/message').map(({ params }) => params?.['level'])).toEqual(['error', 'alert']);
    expect(upstream.logLevels).toEqual(['info', 'error']);
  });

  test('reach a session that never set a level, and none after it has gone', async () => {
    const { openLegacy, upstream } = create();
    const client = await openLegacy();
    upstream.tellLog(say('debug'));
    client.connection.close();
    upstream.tellLog(say('debug'));
    expect(client.of('notifications/message')).toHaveLength(1);
  });

  test('belong to the request of the session where it has only one', async () => {
    const { openLegacy, upstream } = create({ call: (call) => untilGivenUp(call.signal) });
    const client = await openLegacy();
    void client.request('tools/call', ADD, 'one');
    await settle();
    const own = upstream.calls[0]?.client.id;
    upstream.tellLog(say('info'), own);
    upstream.tellLog(say('info'));
    void client.request('tools/call', ADD, 'two');
    await settle();
    upstream.tellLog(say('info'), own);
    expect(client.of('notifications/message').map(({ about }) => about)).toEqual(['"one"', undefined, undefined]);
  });

  test('that are about the call of another client do not reach a session', async () => {
    const { openLegacy, upstream } = create({ call: (call) => untilGivenUp(call.signal) });
    const [caller, other] = [await openLegacy(), await openLegacy()];
    void caller.request('tools/call', ADD);
    await settle();
    upstream.tellLog(say('info'), upstream.calls[0]?.client.id);
    expect([caller, other].map((client) => client.of('notifications/message').length)).toEqual([1, 0]);
  });

  test.each([undefined, 'verbose', 5, null])('cannot be had at the level %j', async (level) => {
    verifies('logging:session-level:invalid');
    const { openLegacy, upstream } = create();
    const client = await openLegacy();
    const params = level === undefined ? {} : { level };
    expect((await client.request('logging/setLevel', params)).error?.code).toBe(-32602);
    expect(upstream.logLevels).toEqual([]);
  });

  test('are asked for by the level of the session with each of its calls', async () => {
    verifies('logging:level:sent');
    const { openLegacy, upstream } = create({ call: async () => resultReply({}) });
    const client = await openLegacy();
    await client.request('tools/call', ADD);
    await client.request('logging/setLevel', { level: 'notice' });
    await client.request('tools/call', ADD);
    expect(upstream.calls.map(({ logLevel }) => logLevel)).toEqual([undefined, 'notice']);
  });
});

describe('changed roots of a session', () => {
  test('are told to the upstreams while it is the only one', async () => {
    verifies('roots:list-changed');
    const { openLegacy, upstream } = create();
    const one = await openLegacy(CAN_ALL);
    one.notify('notifications/roots/list_changed');
    expect(upstream.rootsChanges).toBe(1);
    const two = await openLegacy(CAN_ALL);
    one.notify('notifications/roots/list_changed');
    expect(upstream.rootsChanges).toBe(1);
    two.connection.close();
    one.notify('notifications/roots/list_changed');
    expect(upstream.rootsChanges).toBe(2);
  });
});
