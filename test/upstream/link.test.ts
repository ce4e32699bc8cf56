import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/dispatch/question.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { NotificationMessage } from '../../src/protocol/message.ts';
import { type AskedOver, Link, type LinkRequest } from '../../src/upstream/link.ts';
import type { CloseCause } from '../../src/upstream/transport/transport.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { settle } from '../support/create-catalog.ts';
import { createLinkedTransport, type LinkedPeer, type Received } from '../support/linked-transport.ts';

const create = async (serve?: (message: Received, peer: LinkedPeer) => void) => {
  const { transport, peer } = createLinkedTransport(serve);
  const link = new Link('up', transport);
  const told = { notifications: [] as NotificationMessage[], problems: [] as string[], closes: [] as CloseCause[] };
  await link.start({
    onNotification: (message) => told.notifications.push(message),
    onRequest: async ({ method }) => ({ ok: false, error: { code: -32601, message: `no ${method}` } }),
    onProblem: (problem) => told.problems.push(problem),
    onStderr: () => {},
    onClose: (cause) => told.closes.push(cause),
  });
  const request = (method: string, over: Partial<LinkRequest> = {}) =>
    link.request({ method, params: () => ({}), signal: new AbortController().signal, ...over });
  return { link, peer, request, ...told };
};

describe('a request over a link', () => {
  test('has an id of its own, from 1 on, and gets the answer to that id', async () => {
    verifies('base:request:id-unique', 'mrtr:new-id');
    const { request, peer } = await create((message, to) => to.answer(message, { to: message.method as string }));
    const answers = await Promise.all([request('a'), request('b')]);
    expect(answers.map((answer) => answer.kind === 'result' && answer.value['to'])).toEqual(['a', 'b']);
    expect(peer.received.map(({ id }) => id)).toEqual([1, 2]);
  });

  test('gets its own answer in whatever order answers come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 }), async (order) => {
        const { request, peer } = await create();
        const answers = order.map((_, index) => request(`m${index}`));
        await settle(1);
        for (const index of order) peer.answer(peer.received[index] as Received, { to: `m${index}` });
        const values = (await Promise.all(answers)).map((answer) => answer.kind === 'result' && answer.value['to']);
        expect(values).toEqual(order.map((_, index) => `m${index}`));
      }),
      { numRuns: 30 },
    );
  });

  test('gets an error as an answer', async () => {
    const { request } = await create((message, to) => to.refuse(message, -32601, 'no such method'));
    expect(await request('a')).toMatchObject({ kind: 'error', error: { code: -32601, message: 'no such method' } });
  });

  test('is not answered by another type of id, a second answer, or one that nobody asked for', async () => {
    const { request, peer, problems } = await create();
    const answer = request('a');
    await settle(1);
    peer.send({ id: '1', result: { wrong: true } });
    peer.send({ id: 2, result: { wrong: true } });
    peer.send({ id: 1, result: { right: true } });
    peer.send({ id: 1, result: { late: true } });
    expect(await answer).toMatchObject({ value: { right: true } });
    await settle();
    expect(problems).toEqual([]);
  });

  test('fails with the reason when the connection ends, as does every other that waits', async () => {
    const { request, peer, closes } = await create();
    const failures = Promise.allSettled([request('a'), request('b')]);
    await settle(1);
    peer.end({ reason: 'exit code 3', exitCode: 3 });
    for (const settled of await failures) {
      expect(settled).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'UPSTREAM_CLOSED',
          sent: true,
          upstream: 'up',
          message: expect.stringContaining('exit code 3'),
        },
      });
    }
    expect(closes).toEqual([{ reason: 'exit code 3', exitCode: 3 }]);
  });

  test('is not sent once the connection has ended', async () => {
    const { request, peer } = await create();
    peer.end();
    await settle();
    await expect(request('a')).rejects.toMatchObject({ code: 'UPSTREAM_CLOSED', sent: false });
    expect(peer.received).toEqual([]);
  });

  test('leaves no listener behind at a signal that outlives it', async () => {
    const { request } = await create((message, to) => to.answer(message, {}));
    const { signal } = new AbortController();
    await request('a', { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('a request that is given up', () => {
  const giveUp = async (over: Partial<LinkRequest> = {}, method = 'tools/call') => {
    const linked = await create();
    const giver = new AbortController();
    const failure = linked
      .request(method, { signal: giver.signal, ...over })
      .then(undefined, (error: unknown) => error);
    await settle(1);
    giver.abort(new HubError('CANCELLED', 'enough'));
    await settle(1);
    return { ...linked, failure: await failure };
  };

  test('is cancelled at the upstream under the id that it has there', async () => {
    verifies('stdio:cancel:sent');
    const { peer, failure } = await giveUp();
    expect(failure).toMatchObject({ code: 'CANCELLED', message: 'enough' });
    expect(peer.received[1]).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: 1, reason: 'enough' },
    });
  });

  test('ends its HTTP request too, so that no stream stays open for an answer that nobody waits for', async () => {
    const { peer } = await giveUp();
    expect(peer.received[0]?.options.signal?.aborted).toBe(true);
  });

  test('ignores the answer that comes all the same', async () => {
    verifies('cancel:late-answer');
    const { peer, problems } = await giveUp();
    peer.answer(peer.received[0] as Received, {});
    await settle();
    expect(problems).toEqual([]);
  });

  test('ends its HTTP request, and says nothing, where that is the way', async () => {
    verifies('http:cancel:sent');
    const { peer } = await giveUp({ cancelWay: 'stream' });
    expect(peer.received).toHaveLength(1);
    expect(peer.received[0]?.options.signal?.aborted).toBe(true);
  });

  test('is not cancelled where it is `initialize`', async () => {
    verifies('cancel:not-initialize');
    const { peer } = await giveUp({}, 'initialize');
    expect(peer.received.map(({ method }) => method)).toEqual(['initialize']);
  });

  test('before it is sent is not sent', async () => {
    verifies('cancel:own-requests');
    const { request, peer } = await create();
    const signal = AbortSignal.abort(new HubError('TIMEOUT', 'too late'));
    await expect(request('a', { signal })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await settle();
    expect(peer.received).toEqual([]);
  });
});

describe('a request over HTTP', () => {
  test('fails when its stream ends without an answer', async () => {
    const { request, peer } = await create();
    const failure = request('a').then(undefined, (error: unknown) => error);
    await settle(1);
    peer.received[0]?.options.onStreamEnd?.();
    expect(await failure).toMatchObject({ code: 'UPSTREAM_CLOSED', sent: true });
  });
});

describe('progress', () => {
  test('reaches the request whose id it has as its token, and no other', async () => {
    verifies('progress:only-asked');
    const { request, peer, notifications } = await create();
    const progress: JsonObject[][] = [[], []];
    const answers = [0, 1].map((index) => request('a', { onProgress: (params) => progress[index]?.push(params) }));
    await settle(1);
    for (const progressToken of [2, 1, 3, '1', null, {}])
      peer.notify('notifications/progress', { progressToken, n: 1.5 });
    peer.notify('notifications/progress');
    for (const message of peer.received.slice(0, 2)) peer.answer(message, {});
    await Promise.all(answers);
    expect(progress).toEqual([
      [{ progressToken: 1, n: expect.anything() }],
      [{ progressToken: 2, n: expect.anything() }],
    ]);
    expect(JSON.stringify(progress[0])).toBe('[{"progressToken":1,"n":1.5}]');
    expect(notifications).toEqual([]);
  });

  test('after the answer reaches nobody', async () => {
    verifies('progress:ends');
    const progress: JsonObject[] = [];
    const { request, peer } = await create((message, to) => to.answer(message, {}));
    await request('a', { onProgress: (params) => progress.push(params) });
    peer.notify('notifications/progress', { progressToken: 1 });
    await settle();
    expect(progress).toEqual([]);
  });
});

describe('what an upstream says by itself', () => {
  test('is handed on where it is a notification', async () => {
    const { peer, notifications } = await create();
    peer.notify('notifications/tools/list_changed');
    await settle();
    expect(notifications.map(({ method }) => method)).toEqual(['notifications/tools/list_changed']);
  });

  test('is not answered any more where too many answers wait to be read', async () => {
    const { transport, peer } = createLinkedTransport();
    const reading = Promise.withResolvers<void>();
    const link = new Link('up', {
      ...transport,
      send: async (message) => {
        await transport.send(message);
        await reading.promise;
      },
    });
    const problems: string[] = [];
    const onProblem = (problem: string) => void problems.push(problem);
    const onRequest = async () => ({ ok: true, result: {} }) as const;
    await link.start({ onNotification: () => {}, onRequest, onProblem, onStderr: () => {}, onClose: () => {} });
    const ping = (count: number) => {
      for (let id = 0; id < count; id += 1) peer.send({ id, method: 'ping' });
      return settle();
    };
    await ping(2000);
    expect(peer.received).toHaveLength(1024);
    expect(problems).toHaveLength(976);
    reading.resolve();
    await settle();
    await ping(1);
    expect(peer.received).toHaveLength(1025);
  });

  test('is answered where it is a ping, under its own id, digit for digit', async () => {
    verifies('lifecycle:ping');
    const { peer } = await create();
    for (const id of ['1', '"1"', '9007199254740993']) peer.sendLine(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
    await settle();
    expect(peer.received.map(({ line }) => line)).toEqual([
      '{"jsonrpc":"2.0","id":1,"result":{}}',
      '{"jsonrpc":"2.0","id":"1","result":{}}',
      '{"jsonrpc":"2.0","id":9007199254740993,"result":{}}',
    ]);
  });

  test('is refused where it is any other request', async () => {
    const { peer } = await create();
    peer.send({ id: 'srv-1', method: 'sampling/createMessage', params: {} });
    await settle();
    expect(peer.received).toMatchObject([{ id: 'srv-1', error: { code: -32601 } }]);
  });

  test('is a problem where it is an error without an id, or unreadable', async () => {
    const { peer, problems } = await create();
    peer.send({ id: null, error: { code: -32700, message: 'what?' } });
    peer.sendLine('Listening...');
    await settle();
    expect(problems).toEqual(['an error without an id: what?', expect.stringContaining('not JSON')]);
  });
});

describe('a question of an upstream', () => {
  /** A link whose listener is asked, and answers when the test says so. */
  const createAsked = async () => {
    const { transport, peer } = createLinkedTransport();
    const link = new Link('up', transport);
    const answer = Promise.withResolvers<Answer>();
    const asked: AskedOver[] = [];
    const notifications: NotificationMessage[] = [];
    await link.start({
      onNotification: (message) => notifications.push(message),
      onRequest: (_message, over) => {
        asked.push(over);
        return answer.promise;
      },
      onProblem: () => {},
      onStderr: () => {},
      onClose: () => {},
    });
    peer.send({ id: 'q', method: 'elicitation/create', params: {} });
    await settle();
    return { peer, asked, answer: answer.resolve, notifications };
  };

  test('is answered under its own id', async () => {
    const { peer, answer, asked } = await createAsked();
    answer({ ok: true, result: { action: 'accept' } });
    await settle();
    expect(peer.received.map(({ line }) => line)).toEqual(['{"jsonrpc":"2.0","id":"q","result":{"action":"accept"}}']);
    expect(asked).toMatchObject([{ call: undefined, withdrawn: { aborted: false } }]);
  });

  test('that it withdraws is not answered any more', async () => {
    const { peer, answer, asked, notifications } = await createAsked();
    peer.notify('notifications/cancelled', { requestId: 'other' });
    await settle();
    expect(asked[0]?.withdrawn.aborted).toBe(false);
    peer.notify('notifications/cancelled', { requestId: 'q', reason: 'too late' });
    await settle();
    expect(asked[0]?.withdrawn).toMatchObject({ aborted: true, reason: { code: 'CANCELLED' } });
    answer({ ok: true, result: {} });
    await settle();
    expect(peer.received).toEqual([]);
    // Another cancellation is not about a question.
    expect(notifications.map(({ params }) => params?.['requestId'])).toEqual(['other']);
  });

  test('is withdrawn by the end of the connection', async () => {
    const { peer, asked } = await createAsked();
    peer.end();
    await settle();
    expect(asked[0]?.withdrawn.aborted).toBe(true);
  });
});
