import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { readEvilLog } from '../../e2e/support/evil-log.ts';
import { eventually } from '../../e2e/support/processes.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';

const slow = (ms: number) => ({ name: 'one__slow', arguments: { ms } });

const begun = (hub: HttpHub, count: number) =>
  eventually('the calls', () => readEvilLog(hub.log).filter(({ raw }) => raw?.includes('"slow"')).length === count);

describe('a server that ends', () => {
  test('lets calls under way finish, of both eras', async () => {
    verifies('version:dual-era:at-once');
    const hub = await startHttpHub();
    const session = await hub.session();
    const calls = [hub.modern('tools/call', slow(500)), session.call(1, 'one__slow', { ms: 500 })];
    await begun(hub, 2);
    await hub.server.close();
    for (const { status, message } of await Promise.all(calls)) {
      expect(status).toBe(200);
      expect(JSON.stringify(message.result)).toContain('waited 500');
    }
    await hub.stop();
  });

  test('answers those that do not finish in time with the reason', async () => {
    const hub = await startHttpHub({ hub: { timeouts: { graceMs: 200 } } });
    const session = await hub.session();
    const calls = [hub.modern('tools/call', slow(10_000)), session.call(1, 'one__slow', { ms: 10_000 })];
    await begun(hub, 2);
    const endedAt = performance.now();
    await hub.server.close();
    expect(performance.now() - endedAt).toBeLessThan(4_000);
    for (const { message } of await Promise.all(calls)) {
      expect(message.error).toMatchObject({ code: -31016, data: { hubCode: 'SHUTTING_DOWN', outcome: 'unknown' } });
    }
    await hub.stop();
  });

  test('ends subscriptions with their result, and streams as streams end', async () => {
    verifies('subscribe:end:result', 'subscribe:end:cancelled');
    const hub = await startHttpHub();
    const session = await hub.session();
    const unasked = await session.listen();
    const subscription = await hub.openModern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    await subscription.next(() => true);
    await hub.server.close();
    await Promise.all([unasked.ended(), subscription.ended()]);
    const [result, cancelled] = subscription.events.slice(-2);
    expect(result?.message?.result).toEqual({
      resultType: 'complete',
      _meta: { 'io.modelcontextprotocol/subscriptionId': 1 },
    });
    expect(cancelled?.message).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 1 } });
    await hub.stop();
  });

  test('is not held up by connections on which nothing is under way', async () => {
    const hub = await startHttpHub({ mcpServers: {} });
    const { port } = new URL(hub.server.url);
    const idle = connect({ host: '127.0.0.1', port: Number(port) });
    const used = connect({ host: '127.0.0.1', port: Number(port) });
    used.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => used.once('data', resolve));
    const endedAt = performance.now();
    await hub.server.close();
    expect(performance.now() - endedAt).toBeLessThan(1_900);
    idle.destroy();
    used.destroy();
    await expect(hub.raw.send({ method: 'GET', path: '/health' })).rejects.toThrow('ECONNREFUSED');
    await hub.stop();
  });
});
