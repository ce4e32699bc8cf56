import { describe, expect, test } from 'vitest';
import type { Interceptor } from '../../src/dispatch/interceptor.ts';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { Cancellation } from '../../src/utils/cancellation.ts';
import { errorReply, LEGACY_CLIENT, resultReply, untilGivenUp } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { createCore } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

const create = (call: Parameters<typeof createFakeUpstream>[1] = {}, interceptors: readonly Interceptor[] = []) => {
  const upstream = createFakeUpstream('math', { definitions: { tools: [tool('add')] }, ...call });
  const core = createCore([upstream], { interceptors });
  const carry = (name: string, signal = new Cancellation()): PromiseLike<Reply> =>
    core.relay.carry({
      method: 'tools/call',
      subject: 'tool',
      params: { name },
      client: LEGACY_CLIENT,
      logLevel: undefined,
      bytesIn: 10,
      signal,
      wantsProgress: false,
      sink: { sent: () => {}, progress: () => {}, log: () => {} },
      ask: async () => ({ ok: true, result: {} }),
    });
  return { core, carry };
};

describe('the calls under way', () => {
  test('are told while they wait for their answers, with where they go, and not afterwards', async () => {
    const answer = Promise.withResolvers<Reply>();
    const { core, carry } = create({ call: () => answer.promise });
    const replies = [carry('math__add'), carry('math__add')];
    await settle();
    const underWay = core.relay.callsUnderWay();
    expect(underWay).toEqual(
      core.eventsOf('call.started').map(({ callId, startedAt }) => ({
        callId,
        startedAt,
        clientId: 'client',
        method: 'tools/call',
        upstream: 'math',
        qualifiedName: 'math__add',
        ownName: 'add',
      })),
    );
    expect(underWay).toHaveLength(2);
    answer.resolve(resultReply({}));
    await Promise.all(replies);
    expect(core.relay.callsUnderWay()).toEqual([]);
  });

  test.each([
    ['an error of its server', { call: () => errorReply(-32000, 'no') }, [], 'math__add'],
    ['an unknown name', {}, [], 'math__unknown'],
    [
      'a fault on its way',
      {},
      [
        () => () => {
          throw new Error('an interceptor failed');
        },
      ],
      'math__add',
    ],
    ['a rejection on its way', {}, [() => () => Promise.reject(new Error('an interceptor failed'))], 'math__add'],
  ] as const)('are none after %s', async (_end, options, interceptors, name) => {
    const { core, carry } = create(options, interceptors as unknown as readonly Interceptor[]);
    const reply = await carry(name);
    expect(reply.kind).toBe('error');
    expect(core.eventsOf('call.finished')).toHaveLength(1);
    expect(core.relay.callsUnderWay()).toEqual([]);
  });

  test('are none after the client has given up', async () => {
    const { core, carry } = create({ call: ({ signal }) => untilGivenUp(signal) });
    const giver = new Cancellation();
    const reply = carry('math__add', giver);
    await settle();
    expect(core.relay.callsUnderWay()).toHaveLength(1);
    giver.abort(new HubError('CANCELLED', 'enough'));
    await reply;
    expect(core.relay.callsUnderWay()).toEqual([]);
  });
});
