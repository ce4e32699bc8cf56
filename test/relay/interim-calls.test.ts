import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Call } from '../../src/dispatch/call.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { createErrorBody } from '../../src/protocol/parse.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { errorReply, resultReply, untilGivenUp } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';
import { accepted, askAll, type Bench, type BenchClient, createBench, type Told } from '../support/relay-bench.ts';

const CAN_ALL = { elicitation: {}, sampling: {}, roots: {} };
const ADD = { name: 'up__add', arguments: { a: 1, b: [2, { c: 3 }] } };

/** An upstream whose tool does as it is told, behind the relay. */
const create = (call: (call: Call) => Promise<Reply>, answerWindowMs?: number) => {
  const upstream = createFakeUpstream('up', { definitions: { tools: [tool('add'), tool('sub')] }, call });
  const bench = createBench([upstream], answerWindowMs === undefined ? {} : { answerWindowMs });
  return { upstream, ...bench };
};

const stateIn = ({ result }: Told): string => String(result?.['requestState']);
const inputsIn = ({ result }: Told): JsonObject => result?.['inputRequests'] as JsonObject;

const retry = (client: BenchClient, asked: Told, inputResponses: JsonObject, over: JsonObject = {}): Promise<Told> =>
  client.request('tools/call', { ...ADD, requestState: stateIn(asked), inputResponses, ...over });

const lastFinished = ({ events }: Pick<Bench, 'events'>) =>
  events.filter((event) => event.type === 'call.finished').at(-1);

afterEach(() => void vi.useRealTimers());

describe('a modern client that calls an upstream which asks by requests', () => {
  test('gets the question as an interim result, and the result when it comes back with the answer', async () => {
    verifies(
      'base:stateless:explicit-handle',
      'mrtr:inputs-or-state',
      'caching:hints:interim',
      'security:handle:random',
    );
    const { openModern, upstream, outcomes } = create(askAll({ params: { message: 'Which color?' } }));
    const client = openModern(CAN_ALL);
    const asked = await client.request('tools/call', ADD);
    expect(asked.result).toEqual({
      resultType: 'input_required',
      inputRequests: { q1: { method: 'elicitation/create', params: { message: 'up: Which color?' } } },
      requestState: expect.stringMatching(/^mcp-hub:[0-9a-f-]{36}$/) as string,
    });
    const done = await retry(client, asked, { q1: accepted('red') });
    expect(done.result).toMatchObject({ resultType: 'complete', answers: [accepted('red')] });
    // One call at the upstream, one row in the log.
    expect(upstream.calls).toHaveLength(1);
    expect(upstream.calls[0]?.params).toEqual({ ...ADD, name: 'add' });
    expect(outcomes()).toEqual(['ok']);
  });

  test('is asked again where one answer leads to another question', async () => {
    verifies('mrtr:again');
    const { openModern } = create(async (call) => {
      await askAll({ params: { message: 'first' } })(call);
      return askAll({ params: { message: 'second' } })(call);
    });
    const client = openModern(CAN_ALL);
    const first = await client.request('tools/call', ADD);
    const second = await retry(client, first, { q1: accepted('1') });
    expect(inputsIn(second)).toMatchObject({ q1: { params: { message: 'up: second' } } });
    expect(stateIn(second)).not.toBe(stateIn(first));
    expect((await retry(client, second, { q1: accepted('2') })).result).toMatchObject({ answers: [accepted('2')] });
  });

  test('is asked several questions at once, of every kind, each under its own key', async () => {
    verifies('stdio:no-requests', 'mrtr:keys');
    const { openModern } = create(
      askAll(
        { key: '1' },
        { key: '2', method: 'sampling/createMessage', params: { messages: [], maxTokens: 10 } },
        { key: '1', method: 'roots/list', params: {} },
      ),
    );
    const client = openModern(CAN_ALL);
    const asked = await client.request('tools/call', ADD);
    const inputs = inputsIn(asked);
    expect(Object.entries(inputs).map(([key, value]) => [key, (value as JsonObject)['method']])).toEqual([
      ['1', 'elicitation/create'],
      ['2', 'sampling/createMessage'],
      ['1_', 'roots/list'],
    ]);
    const sampled = { role: 'assistant', content: { type: 'text', text: 'hi' }, model: 'm' };
    const done = await retry(client, asked, { '1': accepted('a'), '2': sampled, '1_': { roots: [] } });
    expect(done.result?.['answers']).toEqual([accepted('a'), sampled, { roots: [] }]);
  });

  test('that answers a part is asked for the rest again', async () => {
    verifies('mrtr:answers:unexpected', 'mrtr:answers:missing');
    const { openModern } = create(askAll({}, {}));
    const client = openModern(CAN_ALL);
    const asked = await client.request('tools/call', ADD);
    const rest = await retry(client, asked, { q2: accepted('2'), unknown: accepted('x') });
    expect(Object.keys(inputsIn(rest))).toEqual(['q1']);
    const done = await retry(client, rest, { q1: accepted('1') });
    expect(done.result?.['answers']).toEqual([accepted('1'), accepted('2')]);
  });

  test.each([
    ['nothing', {}],
    ['something that is no answer', { q1: 'yes' }],
    ['no object of answers', undefined],
  ])('that answers with %s is asked the same again', async (_name, inputResponses) => {
    verifies('mrtr:answers:checked');
    const { openModern } = create(askAll({}));
    const client = openModern(CAN_ALL);
    const asked = await client.request('tools/call', ADD);
    const params: JsonObject = { ...ADD, requestState: stateIn(asked) };
    const again = await client.request(
      'tools/call',
      inputResponses === undefined ? params : { ...params, inputResponses },
    );
    expect(inputsIn(again)).toEqual(inputsIn(asked));
    expect((await retry(client, again, { q1: accepted('x') })).result).toMatchObject({ answers: [accepted('x')] });
  });

  test('hears of progress and log messages on the request that is open then', async () => {
    verifies('logging:own-stream');
    const { openModern } = create(async (call) => {
      call.sink.progress({ progress: 1 });
      const reply = await askAll({})(call);
      call.sink.progress({ progress: 2 });
      call.sink.log({ level: 'error', data: 'x' });
      return reply;
    });
    const meta = { 'io.modelcontextprotocol/logLevel': 'info' };
    const client = openModern(CAN_ALL, { meta });
    const asked = await client.request('tools/call', { ...ADD, _meta: { progressToken: 'first' } }, 'one');
    const done = retry(client, asked, { q1: accepted('x') }, { _meta: { progressToken: 'second' } });
    await done;
    expect(client.of('notifications/progress').map(({ params, about }) => [params, about])).toEqual([
      [{ progress: 1, progressToken: 'first' }, '"one"'],
      [{ progress: 2, progressToken: 'second' }, '2'],
    ]);
    expect(client.of('notifications/message').map(({ about }) => about)).toEqual(['2']);
  });

  test('can use a state that an upstream made: it passes unread', async () => {
    verifies('mrtr:state:echoed');
    const { openModern, upstream } = create(async () => resultReply({ resultType: 'complete' }, 'modern'));
    const client = openModern(CAN_ALL);
    const params = { ...ADD, requestState: 'made elsewhere', inputResponses: { x: accepted('y') } };
    await client.request('tools/call', params);
    expect(upstream.calls[0]?.params).toEqual({ ...params, name: 'add' });
  });
});

describe('what the client gave up', () => {
  test('while it waits for the upstream is cancelled there', async () => {
    verifies('cancel:server');
    const { openModern, upstream, outcomes } = create((call) => untilGivenUp(call.signal));
    const client = openModern(CAN_ALL);
    void client.request('tools/call', ADD, 'gone');
    await vi.waitFor(() => expect(upstream.calls).toHaveLength(1));
    client.notify('notifications/cancelled', { requestId: 'gone', reason: 'enough' });
    await client.connection.settled();
    expect(upstream.calls[0]?.signal).toMatchObject({ aborted: true, reason: { code: 'CANCELLED' } });
    expect(outcomes()).toEqual(['cancelled']);
    expect(client.told).toEqual([]);
  });

  test('on its second request is cancelled there too', async () => {
    const { openModern, upstream } = create(async (call) => {
      await askAll({})(call);
      return untilGivenUp(call.signal);
    });
    const client = openModern(CAN_ALL);
    const asked = await client.request('tools/call', ADD);
    const params = { ...ADD, requestState: stateIn(asked), inputResponses: { q1: accepted('x') } };
    void client.request('tools/call', params, 'gone');
    await settle();
    expect(upstream.calls[0]?.signal.aborted).toBe(false);
    client.notify('notifications/cancelled', { requestId: 'gone' });
    await client.connection.settled();
    expect(upstream.calls[0]?.signal.aborted).toBe(true);
  });

  test('after it was asked stays open: the request that ended is not a call any more', async () => {
    const { openModern, upstream } = create(askAll({}));
    const client = openModern(CAN_ALL);
    const asked = await client.request('tools/call', ADD, 'ended');
    client.notify('notifications/cancelled', { requestId: 'ended' });
    expect(upstream.calls[0]?.signal.aborted).toBe(false);
    expect((await retry(client, asked, { q1: accepted('x') })).error).toBeUndefined();
  });

  test('by not coming back in time is cancelled at the upstream, and its state is worth nothing', async () => {
    verifies('mrtr:no-return', 'mrtr:state:expires');
    const ended = Promise.withResolvers<Call>();
    const { openModern, outcomes } = create((call) => {
      call.signal.addEventListener('abort', () => ended.resolve(call));
      return askAll({})(call);
    }, 30);
    const client = openModern(CAN_ALL);
    const asked = await client.request('tools/call', ADD);
    expect((await ended.promise).signal.reason).toMatchObject({
      code: 'CANCELLED',
      message: 'the client did not come back with answers in time',
    });
    await settle();
    expect((await retry(client, asked, { q1: accepted('x') })).error?.code).toBe(-32602);
    expect(outcomes().at(-1)).toBe('denied');
  });

  test('with the end of the hub is cancelled at the upstream', async () => {
    const { openModern, upstream, interim } = create(askAll({}, {}));
    const client = openModern(CAN_ALL);
    await client.request('tools/call', ADD);
    interim.abandonAll(new HubError('SHUTTING_DOWN', 'the hub is ending'));
    expect(upstream.calls[0]?.signal.reason).toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});

describe('a requestState that another hub made', () => {
  test('is not taken for one of this hub: it comes back to its upstream as it was', async () => {
    const theirs = 'mcp-hub:11111111-1111-4111-8111-111111111111';
    const text = `{"inputRequests":{"x":{"method":"roots/list"}},"requestState":"${theirs}","n":1.0,"resultType":"input_required"}`;
    const value = JSON.parse(text) as JsonObject;
    const { openModern, upstream } = create(async ({ params }) =>
      params['requestState'] === undefined
        ? {
            ...resultReply(value, 'modern'),
            kind: 'input_required',
            body: { era: 'modern', bytes: Buffer.from(text), value },
          }
        : resultReply({}, 'modern'),
    );
    const client = openModern(CAN_ALL);
    const asked = await client.request('tools/call', ADD);
    expect(asked.result).toEqual({ ...value, requestState: `mcp-hub:passed:${theirs}` });
    expect((await retry(client, asked, { x: { roots: [] } })).error).toBeUndefined();
    expect(upstream.calls[1]?.params).toMatchObject({ requestState: theirs, inputResponses: { x: { roots: [] } } });
  });
});

describe('a requestState', () => {
  /** A call that waits for its client, and how a wrong retry ends. */
  const hold = async () => {
    const created = create(askAll({}));
    const client = created.openModern(CAN_ALL, { clientId: 'owner' });
    const asked = await client.request('tools/call', ADD);
    const isDenied = async (answer: Promise<Told>): Promise<void> => {
      expect((await answer).error).toEqual({
        code: -32602,
        message: 'Invalid requestState: it is unknown, expired, or belongs to another call',
      });
      expect(lastFinished(created)).toMatchObject({ outcome: 'denied', errorCode: -32602 });
    };
    return { ...created, client, asked, isDenied };
  };

  test.each<[string, JsonObject]>([
    ['that was never given out', { requestState: 'mcp-hub:00000000-0000-4000-8000-000000000000' }],
    ['of another form', { requestState: 'mcp-hub:' }],
    ['of another tool', { name: 'up__sub' }],
    ['with other arguments', { arguments: { a: 1, b: [2, { c: 4 }] } }],
    ['without arguments', { arguments: {} }],
    ['with a member more', { extra: true }],
  ])('%s is denied, logged as such, and reaches no upstream', async (_name, over) => {
    verifies('mrtr:state:untrusted', 'mrtr:state:request');
    const { client, asked, isDenied, upstream } = await hold();
    await isDenied(retry(client, asked, { q1: accepted('forged') }, over));
    expect(upstream.calls).toHaveLength(1);
    // The call itself is untouched by it.
    expect((await retry(client, asked, { q1: accepted('x') })).result).toMatchObject({ answers: [accepted('x')] });
  });

  test('of another client is denied', async () => {
    verifies('mrtr:state:principal');
    const { openModern, asked, isDenied, client } = await hold();
    await isDenied(retry(openModern(CAN_ALL, { clientId: 'thief' }), asked, { q1: accepted('stolen') }));
    expect((await retry(client, asked, { q1: accepted('x') })).result).toMatchObject({ answers: [accepted('x')] });
  });

  test('of another method is denied', async () => {
    verifies('mrtr:state:request');
    const { client, asked, isDenied } = await hold();
    await isDenied(client.request('prompts/get', { ...ADD, requestState: stateIn(asked) }));
  });

  test('serves once', async () => {
    verifies('mrtr:state:once');
    const { client, asked, isDenied } = await hold();
    await retry(client, asked, { q1: accepted('x') });
    await isDenied(retry(client, asked, { q1: accepted('again') }));
  });

  test('does not serve two requests at once', async () => {
    verifies('mrtr:state:once');
    const { client, asked } = await hold();
    const answers = await Promise.all(['1', '2'].map((value) => retry(client, asked, { q1: accepted(value) })));
    expect(answers.map(({ result, error }) => result?.['answers'] ?? error?.code)).toEqual([[accepted('1')], -32602]);
  });

  test('outlives the connection of its client where the client comes back on another', async () => {
    verifies('base:stateless:any-connection');
    const { openModern, client, asked } = await hold();
    client.connection.close();
    const again = openModern(CAN_ALL, { clientId: 'owner' });
    expect((await retry(again, asked, { q1: accepted('x') })).result).toMatchObject({ answers: [accepted('x')] });
  });

  test('is bound to what is asked for, not to the metadata of the request', async () => {
    const { client, asked } = await hold();
    const done = await retry(client, asked, { q1: accepted('x') }, { _meta: { traceparent: '00-1-2-01' } });
    expect(done.error).toBeUndefined();
  });
});

test('of more than 64 calls that wait for answers the oldest is given up', async () => {
  const { openModern, upstream } = create(askAll({}));
  const client = openModern(CAN_ALL);
  for (let index = 0; index < 65; index += 1) await client.request('tools/call', ADD);
  expect(upstream.calls.filter(({ signal }) => signal.aborted)).toHaveLength(1);
  expect(upstream.calls[0]?.signal.reason).toMatchObject({ message: 'too many calls wait for answers' });
}, 20_000);

describe('a client that lacks what an upstream asks for', () => {
  test.each([
    ['elicitation/create', 'elicitation', { sampling: {}, roots: {} }],
    ['sampling/createMessage', 'sampling', { elicitation: {}, roots: {} }],
    ['roots/list', 'roots', { elicitation: {}, sampling: {} }],
  ] as const)('by %s is told so, and the call ends at the upstream', async (method, capability, capabilities) => {
    verifies('base:meta:missing-capability', 'mrtr:declared');
    const { openModern, upstream, outcomes } = create(async (call) => {
      await askAll({ method })(call);
      return untilGivenUp(call.signal);
    });
    const answer = await openModern(capabilities).request('tools/call', ADD);
    expect(answer.error).toEqual({
      code: -32021,
      message: `Missing required client capability: ${capability}`,
      data: { requiredCapabilities: { [capability]: {} } },
    });
    expect(upstream.calls[0]?.signal.aborted).toBe(true);
    expect(outcomes()).toEqual(['cancelled']);
  });
});

test('a client that cannot be sent to a URL is told so where an upstream needs it', async () => {
  verifies('base:error-codes:retired', 'base:meta:missing-capability');
  const elicitations = [{ mode: 'url', message: 'Log in', url: 'https://a.example', elicitationId: 'e1' }];
  const { openModern } = create(async () => ({
    ...errorReply(-32042, 'URL elicitation required'),
    error: createErrorBody(-32042, 'URL elicitation required', { elicitations }),
  }));
  expect((await openModern({ roots: {} }).request('tools/call', ADD)).error).toMatchObject({
    code: -32021,
    data: { requiredCapabilities: { elicitation: {} } },
  });
});

test('an upstream that fails while its client thinks has its failure told on the return', async () => {
  const ended = Promise.withResolvers<HubError>();
  const { openModern } = create(async (call) => {
    void call.ask({ upstream: 'up', key: 'q1', method: 'elicitation/create', params: { message: 'x' } }, call.signal);
    return failureReply(await ended.promise);
  });
  const client = openModern(CAN_ALL);
  const asked = await client.request('tools/call', ADD);
  ended.resolve(new HubError('UPSTREAM_CLOSED', 'up ended'));
  expect((await retry(client, asked, {})).error).toMatchObject({ message: 'up ended' });
});
