import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/dispatch/reply.ts';
import { resultReply } from '../support/calls.ts';
import { settle } from '../support/create-catalog.ts';
import { createCore, modernMeta, type TestClient } from '../support/create-core.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

describe('an id that is in use on the connection', () => {
  const hold = () => {
    const gate = Promise.withResolvers<Reply>();
    const upstream = createFakeUpstream('math', {
      definitions: { tools: [tool('add')], resources: [], templates: [] },
      call: () => gate.promise,
    });
    const core = createCore([upstream]);
    return { upstream, core, client: core.connect(), release: () => gate.resolve(resultReply({ done: true })) };
  };
  const CALL = { name: 'math__add', arguments: {} };
  const send = (client: TestClient, method: string, params: object = {}): void =>
    client.line(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: modernMeta() } }));
  const REFUSED = { id: 1, error: { code: -32600 } };

  test.each([
    ['tools/call', CALL],
    ['subscriptions/listen', { notifications: {} }],
    ['tools/list', {}],
    ['server/discover', {}],
    ['no/such/method', {}],
  ])('by a call is refused to %s, and the call goes on', async (method, params) => {
    const { upstream, core, client, release } = hold();
    send(client, 'tools/call', CALL);
    while (upstream.calls.length === 0) await settle(1);
    send(client, method, params);
    expect(client.messages()).toMatchObject([REFUSED]);
    expect(core.eventsOf('call.finished')).toMatchObject([{ outcome: 'denied', errorCode: -32600 }]);
    release();
    await client.connection.settled();
    expect(client.answersTo(1)[1]?.result).toMatchObject({ done: true });
    expect(upstream.calls).toHaveLength(1);
  });

  test.each([
    ['tools/call', CALL],
    ['subscriptions/listen', { notifications: { toolsListChanged: true } }],
    ['tools/list', {}],
    ['server/discover', {}],
  ])('by a subscription is refused to %s, and the subscription goes on', async (method, params) => {
    const { upstream, core, client } = hold();
    await client.modern('tools/list', {}, 'first');
    send(client, 'subscriptions/listen', { notifications: { toolsListChanged: true } });
    send(client, method, params);
    await settle();
    expect(client.answersTo(1)).toMatchObject([REFUSED]);
    expect(core.eventsOf('call.finished')).toMatchObject([{ outcome: 'denied', errorCode: -32600 }]);
    expect(upstream.calls).toEqual([]);
    upstream.offer({ tools: [tool('more')] });
    upstream.tellChange('tools');
    await settle();
    expect(client.notifications('notifications/tools/list_changed')).toHaveLength(1);
  });

  test('by a subscription that is not acknowledged yet is refused', async () => {
    const slow = createFakeUpstream('slow', { start: () => new Promise(() => {}) });
    const core = createCore([slow]);
    const client = core.connect();
    send(client, 'subscriptions/listen', { notifications: { resourceSubscriptions: ['x:1'] } });
    send(client, 'server/discover');
    expect(client.messages()).toMatchObject([REFUSED]);
    client.connection.close();
    core.view.catalog.close();
  });

  test('by a subscription is free when that is cancelled', async () => {
    const { client, release } = hold();
    send(client, 'subscriptions/listen', { notifications: {} });
    client.notify('notifications/cancelled', { requestId: 1 });
    release();
    send(client, 'tools/call', CALL);
    await client.connection.settled();
    expect(client.answersTo(1)).toMatchObject([{ result: { done: true } }]);
  });

  test.each([
    ['tools/call', CALL],
    ['tools/list', {}],
    ['ping', {}],
    ['initialize', {}],
    ['logging/setLevel', { level: 'debug' }],
    ['resources/subscribe', { uri: 'x:1' }],
    ['resources/unsubscribe', { uri: 'x:1' }],
  ])('by a call of a session is refused to %s', async (method, params) => {
    const { upstream, core, client, release } = hold();
    await client.open();
    const call = { jsonrpc: '2.0', id: 'same', method: 'tools/call', params: CALL };
    client.line(JSON.stringify(call));
    while (upstream.calls.length === 0) await settle(1);
    client.line(JSON.stringify({ ...call, method, params }));
    expect(client.answersTo('same')).toMatchObject([{ error: { code: -32600 } }]);
    expect(core.eventsOf('call.finished')).toMatchObject([{ outcome: 'denied', errorCode: -32600 }]);
    release();
    await client.connection.settled();
    expect(client.answersTo('same')[1]?.result).toMatchObject({ done: true });
    expect([upstream.calls.length, upstream.logLevels]).toEqual([1, []]);
  });
});
