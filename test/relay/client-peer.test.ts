import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/dispatch/call.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { errorReply, resultReply, untilGivenUp } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { type Core, createCore, outcomesOf, type TestClient } from '../support/create-core.ts';
import { createFakeUpstream, type FakeUpstream, tool } from '../support/fake-upstream.ts';

interface World {
  readonly core: Core;
  readonly client: TestClient;
  readonly upstream: FakeUpstream;
}

const create = (call?: (call: Call) => Promise<Reply> | Reply): World => {
  const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')] }, ...(call && { call }) });
  const core = createCore([upstream]);
  return { core, client: core.connect(), upstream };
};

const callLine = (id: string, more = ''): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"math__add","arguments":{}${more}}}`;

const NAME = { name: 'math__add' };

/** The calls that the upstream has, once there are so many. */
const arrived = async ({ upstream }: World, count = 1): Promise<Call> => {
  while (upstream.calls.length < count) await settle(1);
  return upstream.calls[count - 1] as Call;
};

describe('an id of a client', () => {
  test('comes back digit for digit and type for type', async () => {
    verifies('base:response:same-id');
    const { client } = create();
    const ids = ['1', '"1"', '9007199254740993', '9007199254740992', '"\\ud800"', '0', '-5'];
    for (const id of ids) client.line(callLine(id));
    await client.connection.settled();
    const answered = client.lines.map((line) => /^\{"jsonrpc":"2.0","id":(.*?),"result"/.exec(line)?.[1]);
    expect(answered.sort()).toEqual([...ids].sort());
  });

  test('that is in use is refused, and its first request is answered', async () => {
    verifies('base:request:id-unique');
    const gate = Promise.withResolvers<void>();
    const world = create(() => gate.promise.then(() => resultReply({ first: true })));
    const { client, upstream } = world;
    client.line(callLine('1'));
    await arrived(world);
    client.line(callLine('1'));
    client.line(callLine('"1"'));
    await arrived(world, 2);
    expect(client.lines).toEqual([expect.stringContaining('"id":1,"error":{"code":-32600,')]);
    gate.resolve();
    await client.connection.settled();
    expect(client.answersTo(1)).toHaveLength(2);
    expect(client.answersTo(1)[1]?.result).toEqual({ first: true });
    expect(upstream.calls).toHaveLength(2);
  });

  test('may be used again once it is answered', async () => {
    const { client } = create();
    await client.request('tools/call', NAME, 1);
    await client.connection.settled();
    expect((await client.request('tools/call', NAME, 1)).result).toBeDefined();
  });
});

describe('a cancellation', () => {
  test('reaches the upstream, is not answered, and is recorded', async () => {
    verifies('base:notification:unanswered', 'cancel:obeyed');
    const world = create(({ signal }) => untilGivenUp(signal));
    const { client, core } = world;
    client.line(callLine('1'));
    const { signal } = await arrived(world);
    client.notify('notifications/cancelled', { requestId: 1, reason: 'enough' });
    expect(signal.reason).toMatchObject({ code: 'CANCELLED', message: 'the client cancelled it: enough' });
    await client.connection.settled();
    expect(client.lines).toEqual([]);
    expect(outcomesOf(core)).toEqual(['cancelled']);
  });

  test('that comes while the upstream answers leaves the request without an answer', async () => {
    verifies('stdio:cancel:silence');
    const gate = Promise.withResolvers<void>();
    const world = create(() => gate.promise.then(() => resultReply({})));
    const { client } = world;
    client.line(callLine('1'));
    await arrived(world);
    client.notify('notifications/cancelled', { requestId: 1 });
    gate.resolve();
    await client.connection.settled();
    expect(client.lines).toEqual([]);
  });

  test.each(['999', '"1"', '{}', 'null', '1.5', '[1]'])(
    'of the id %s, which is not in use, changes nothing',
    async (id) => {
      verifies('cancel:invalid');
      const gate = Promise.withResolvers<void>();
      const world = create(() => gate.promise.then(() => resultReply({})));
      const { client } = world;
      client.line(callLine('1'));
      await arrived(world);
      client.line(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`);
      client.notify('notifications/cancelled');
      gate.resolve();
      await client.connection.settled();
      expect(client.answersTo(1)).toHaveLength(1);
    },
  );

  test('after the answer changes nothing', async () => {
    verifies('cancel:late');
    const { client } = create();
    await client.request('tools/call', NAME, 1);
    client.notify('notifications/cancelled', { requestId: 1 });
    await settle();
    expect(client.lines).toHaveLength(1);
  });

  test('of a list ends it without an answer', async () => {
    const core = createCore([createFakeUpstream('slow', { start: () => new Promise(() => {}) })], {
      firstListMs: 60_000,
    });
    const client = core.connect();
    client.line('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    await settle();
    client.notify('notifications/cancelled', { requestId: 1 });
    await client.connection.settled();
    expect(client.lines).toEqual([]);
    core.view.catalog.close();
  });
});

describe('progress', () => {
  test.each(['1', '"1"', '0', '""', '9007199254740993', '"p\\u00e9"', '1.5', 'true', '{"a":1}'])(
    'has the token %s that its client gave',
    async (token) => {
      verifies('progress:token:returned');
      const { client } = create(({ sink }) => {
        sink.progress({ progressToken: 77, progress: 1, message: 'x' });
        return resultReply({});
      });
      client.line(callLine('1', `,"_meta":{"progressToken":${token}}`));
      await client.connection.settled();
      const text = JSON.stringify(JSON.parse(`[${token}]`)[0]);
      const written = token.startsWith('9') ? token : text;
      expect(client.lines[0]).toBe(
        `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${written},"progress":1,"message":"x"}}`,
      );
    },
  );

  test('that nobody asked for reaches nobody', async () => {
    verifies('progress:only-asked');
    const { client, upstream } = create(({ sink }) => {
      sink.progress({ progressToken: 77, progress: 1 });
      return resultReply({});
    });
    await client.request('tools/call', NAME);
    expect(client.notifications('notifications/progress')).toEqual([]);
    expect(upstream.calls[0]?.wantsProgress).toBe(false);
  });

  test('after the answer reaches nobody', async () => {
    verifies('progress:ends');
    const world = create();
    const { client } = world;
    await client.request('tools/call', { ...NAME, _meta: { progressToken: 1 } });
    await client.connection.settled();
    (await arrived(world)).sink.progress({ progress: 2 });
    expect(client.lines).toHaveLength(1);
  });

  test('never leaves its token with the upstream', async () => {
    const world = create();
    await world.client.request('tools/call', { ...NAME, _meta: { progressToken: 'secret', k: 1 } });
    expect((await arrived(world)).params).toEqual({ name: 'add', _meta: { k: 1 } });
    expect((await arrived(world)).wantsProgress).toBe(true);
  });
});

describe('an answer', () => {
  test('has the result of the upstream byte for byte within an era', async () => {
    const text = '{ "content":[ ],"n":9007199254740993,"x":1.0 }';
    const reply = { ...resultReply({}), body: { era: 'legacy' as const, bytes: Buffer.from(text), value: {} } };
    const { client } = create(() => reply);
    await client.request('tools/call', NAME, 5);
    expect(client.lines[0]).toBe(`{"jsonrpc":"2.0","id":5,"result":${text}}`);
  });

  test('has the error of the upstream byte for byte', async () => {
    const error = {
      code: -32000,
      message: 'odd',
      bytes: Buffer.from('{"code":-32000, "message":"odd","data":{"n":1.0}}'),
    };
    const { client } = create(() => ({ ...errorReply(-32000, 'odd'), error }));
    client.line(callLine('1'));
    await client.connection.settled();
    expect(client.lines[0]).toBe('{"jsonrpc":"2.0","id":1,"error":{"code":-32000, "message":"odd","data":{"n":1.0}}}');
  });

  test('that asks for input reaches a modern client', async () => {
    const reply: Reply = {
      ...resultReply({ resultType: 'input_required', requestState: 's' }, 'modern'),
      kind: 'input_required',
    };
    const modern = create(() => reply);
    expect((await modern.client.modern('tools/call', NAME)).result).toEqual({
      resultType: 'input_required',
      requestState: 's',
    });
  });
});

describe('what is under way when the hub ends', () => {
  test('is answered with the reason', async () => {
    const world = create(({ signal }) =>
      untilGivenUp(signal).then((reply) =>
        reply.kind === 'error' && reply.failure ? failureReply(reply.failure) : reply,
      ),
    );
    const { client, core } = world;
    client.line(callLine('1'));
    await arrived(world);
    client.connection.abandon(new HubError('SHUTTING_DOWN', 'the hub is ending', { sent: true }));
    await client.connection.settled();
    expect(client.answersTo(1)).toMatchObject([
      { error: { code: -31016, data: { hubCode: 'SHUTTING_DOWN', outcome: 'unknown' } } },
    ]);
    expect(outcomesOf(core)).toEqual(['cancelled']);
  });

  test('is answered where it is a list that waits', async () => {
    const core = createCore([createFakeUpstream('slow', { start: () => new Promise(() => {}) })], {
      firstListMs: 60_000,
    });
    const client = core.connect();
    client.line('{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    await settle();
    client.connection.abandon(new HubError('SHUTTING_DOWN', 'the hub is ending'));
    await client.connection.settled();
    expect(client.answersTo(1)).toMatchObject([{ error: { code: -31016 } }]);
    core.view.catalog.close();
  });
});
