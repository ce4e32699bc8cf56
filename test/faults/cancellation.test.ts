import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { modernMeta } from '../e2e/support/conversation.ts';
import { readEvilLog } from '../e2e/support/evil-log.ts';
import { eventually } from '../e2e/support/processes.ts';
import { modernHeaders, openLegacySession, WAYS, type Way } from './support/clients.ts';
import { evilServer } from './support/evil-server.ts';
import { callRows, closeSoundly, expectSound } from './support/invariants.ts';
import { openStand, type Stand } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

/** How one client begins a call, and gives it up. */
interface Cancelling {
  begin(id: string, tool: string, ms: number): Promise<void>;
  cancel(requestId: unknown): Promise<void>;
  /** Whether it can name what it gives up; else it ends its request. */
  readonly names: boolean;
}

const eraOf = (way: Way): 'legacy' | 'modern' => (way.startsWith('legacy') ? 'legacy' : 'modern');

const cancelling = async (stand: Stand, way: Way): Promise<Cancelling> => {
  const { hub, raw, token, count } = stand;
  const era = eraOf(way);
  const paramsOf = (tool: string, ms: number) => ({
    name: tool,
    arguments: { ms },
    ...(era === 'modern' && { _meta: modernMeta() }),
  });
  if (way.endsWith('stdio')) {
    return {
      names: true,
      async begin(id, tool, ms) {
        stand.unanswered.add(id);
        const request = { jsonrpc: '2.0', id, method: 'tools/call', params: paramsOf(tool, ms) };
        stand.sendRaw(`${JSON.stringify(request)}\n`, 1);
      },
      cancel: async (requestId) =>
        hub.notify('notifications/cancelled', { requestId, ...(era === 'modern' && { _meta: modernMeta() }) }),
    };
  }
  if (way === 'modern on HTTP') {
    const open = new Map<unknown, AbortController>();
    return {
      names: false,
      async begin(id, tool, ms) {
        count.sent += 1;
        const ended = new AbortController();
        open.set(id, ended);
        const params = paramsOf(tool, ms);
        const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
        const headers = modernHeaders(token, 'tools/call', params);
        fetch(stand.url, { method: 'POST', headers, body, signal: ended.signal }).catch(() => {});
      },
      async cancel(requestId) {
        open.get(requestId)?.abort();
      },
    };
  }
  const headers = await openLegacySession(raw, token);
  return {
    names: true,
    async begin(id, tool, ms) {
      count.sent += 1;
      const body = { jsonrpc: '2.0', id, method: 'tools/call', params: paramsOf(tool, ms) };
      raw.send({ headers, body }).catch(() => {});
    },
    async cancel(requestId) {
      await raw.send({
        headers,
        body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } },
      });
    },
  };
};

describe.each(WAYS)('F11 a client that cancels, %s', (way) => {
  let stand: Stand;
  let client: Cancelling;
  beforeAll(async () => {
    stand = await openStand({
      era: way.endsWith('stdio') ? eraOf(way) : 'legacy',
      http: way.endsWith('HTTP'),
      servers: (log) => ({ evil: evilServer('evil', log), young: evilServer('young', log, { era: 'modern' }) }),
      hub: { servers: { evil: { maxConcurrent: 1 }, young: { maxConcurrent: 1 } } },
    });
    client = await cancelling(stand, way);
  }, 60_000);
  afterEach(() => expectSound(stand));
  afterAll(async () => {
    await closeSoundly(stand);
  }, 60_000);

  const of = (name: string, event: string) =>
    readEvilLog(stand.evilLog).filter((entry) => entry.name === name && entry.event === event);
  const arrived = (name: string, ms: number): Promise<unknown> =>
    eventually('the call', () => of(name, 'in').some(({ raw }) => raw?.includes(`"ms":${ms}`)));

  test.each(['evil', 'young'])('F11 tells %s once, under its own id, and its turn is free again', async (name) => {
    const id = `F11 ${name}`;
    await client.begin(id, `${name}__slow`, 15_001);
    await arrived(name, 15_001);
    if (client.names) {
      for (const odd of [999, {}, null, [id], 'another', undefined]) await client.cancel(odd);
    }
    const at = performance.now();
    await client.cancel(id);
    if (client.names) await client.cancel(id);
    await eventually('the cancellation', () => of(name, 'cancel').length > 0);
    expectWithin(at, 500);
    // With one turn, this call waits until that of the cancelled one is given back.
    const { result } = await stand.stdio.call(`${name}__echo`, { m: 'free' });
    expect(result).toMatchObject({ content: [{ text: 'free' }] });
    expect(of(name, 'cancel').map(({ known }) => known)).toEqual([true]);
    expect(of(name, 'cancel')[0]?.requestId).not.toBe(id);
    await eventually('its row', () => callRows(stand).some(({ outcome }) => outcome === 'cancelled'));
  });

  test('F11 before its turn has come, the server never hears of it', async () => {
    await client.begin('F11 first', 'evil__slow', 15_002);
    await arrived('evil', 15_002);
    await client.begin('F11 waiting', 'evil__slow', 15_003);
    await eventually('the row', () => callRows(stand).filter(({ outcome }) => outcome === null).length >= 2);
    const before = of('evil', 'cancel').length;
    const givenUp = (): number => callRows(stand).filter(({ outcome }) => outcome === 'cancelled').length;
    const givenUpBefore = givenUp();
    await client.cancel('F11 waiting');
    // The ends of two connections may be seen in either order.
    await eventually('the end of the one that waits', () => givenUp() > givenUpBefore);
    await client.cancel('F11 first');
    await eventually('the cancellation', () => of('evil', 'cancel').length > before);
    expect((await stand.stdio.call('evil__echo', { m: 'free' })).result).toBeDefined();
    expect(of('evil', 'in').some(({ raw }) => raw?.includes('15003'))).toBe(false);
    expect(of('evil', 'cancel')).toHaveLength(before + 1);
  });

  test('F11 after the answer nothing happens', async () => {
    const before = of('evil', 'cancel').length;
    const answered = await stand.client(way.endsWith('HTTP') ? way : stand.stdio.way);
    expect((await answered.call('evil__echo', { m: 'done' }, { id: 'F11 late' })).result).toBeDefined();
    await client.cancel('F11 late');
    expect((await stand.stdio.call('evil__echo', { m: 'x' })).result).toBeDefined();
    expect(of('evil', 'cancel')).toHaveLength(before);
  });

  test('F11 a hundred at once, and the hub is as before', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `F11 many ${index}`);
    for (const id of ids) await client.begin(id, 'good__slow', 15_004);
    const calls = (): number => of('good', 'in').filter(({ raw }) => raw?.includes('15004')).length;
    await eventually('the calls', () => calls() >= 64);
    for (const id of ids) await client.cancel(id);
    await eventually('the cancellations', () => of('good', 'cancel').length >= calls());
  });
});
