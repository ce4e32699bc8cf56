import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HubConfig } from '../../src/config/hub-config.ts';
import type { HubEvent } from '../../src/events/events.ts';
import { createHub, type Hub } from '../../src/hub/hub.ts';
import type { LocalReply } from '../../src/hub/local-client.ts';
import { hubConfig, rawUpstream } from '../support/hub-config.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'mcp-hub-hub-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const create = (config: HubConfig) => {
  const lines: string[] = [];
  const events: HubEvent[] = [];
  const hub = createHub({
    config,
    stateDir: join(stateDir, 'none'),
    env: process.env,
    log: false,
    stderr: (line) => lines.push(line),
  });
  hub.bus.listen((event) => events.push(event));
  return { hub, lines, events };
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const pidsIn = (events: readonly HubEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'upstream.state' && event.pid !== undefined ? [event.pid] : []));

const textOf = (reply: LocalReply): string | undefined =>
  reply.ok ? (reply.result['content'] as Array<{ text: string }>)[0]?.text : reply.error.message;

describe('a hub', () => {
  const config = hubConfig([rawUpstream('old', 'legacy.mjs'), rawUpstream('new', 'modern.mjs')], {
    routes: [{ match: 'say_*', to: ['old'], strategy: 'failover', place: { file: 'c.json', line: 7, column: 3 } }],
  });
  let world: ReturnType<typeof create>;
  let hub: Hub;

  beforeAll(() => {
    world = create(config);
    hub = world.hub;
  });
  afterAll(() => hub.close());

  test('starts, opens and writes nothing by being made', () => {
    expect(world.events).toEqual([]);
    expect(existsSync(join(stateDir, 'none'))).toBe(false);
  });

  test('serves a client in its own process like any other', async () => {
    const client = hub.connectLocalClient({ name: 'local', version: '1' });
    expect(textOf(await client.request('tools/call', { name: 'old__echo', arguments: { m: 'a' } }))).toBe('a');
    expect(textOf(await client.request('tools/call', { name: 'new__echo', arguments: { m: 'b' } }))).toBe('b');
    const list = await client.request('tools/list');
    const names = list.ok ? (list.result['tools'] as Array<{ name: string }>).map(({ name }) => name) : [];
    expect(names).toEqual(expect.arrayContaining(['old__echo', 'new__echo']));
    expect(await client.request('tools/call', { name: 'nobody__x' })).toMatchObject({
      ok: false,
      error: { code: -32602, message: 'Unknown tool: nobody__x' },
    });
    expect(await client.request('initialize')).toMatchObject({ ok: false, error: { code: -32601 } });
    await client.close();
    const ofClient = world.events.filter(({ type }) => type.startsWith('client.') || type.startsWith('call.'));
    expect(ofClient.map(({ type }) => type)).toEqual([
      'client.connected',
      ...Array(3).fill(['call.started', 'call.finished']).flat(),
      'client.disconnected',
    ]);
  });

  test('gives up what its own client does not want to wait for', async () => {
    const client = hub.connectLocalClient({ name: 'local', version: '1' });
    const slow = await client.request('tools/call', { name: 'old__hang', arguments: {} }, { timeoutMs: 50 });
    expect(slow).toMatchObject({
      ok: false,
      error: { code: -31014, message: 'tools/call was not answered within 50 ms' },
    });
    const stopped = await client.request('tools/list', {}, { signal: AbortSignal.abort(new Error('no')) });
    expect(stopped.ok).toBe(false);
  });

  test('tells what an upstream is and offers', async () => {
    expect(await hub.probe('new')).toMatchObject({
      name: 'new',
      ok: true,
      era: 'modern',
      serverInfo: { name: 'new', version: '1.0.0' },
      prompts: 1,
      resources: 3,
      templates: 1,
      problems: [],
    });
    expect(await hub.probe('ghost')).toMatchObject({ ok: false, reason: 'it is switched off' });
  });

  test.each([
    ['old__echo', { upstream: 'old', ownName: 'echo', via: 'name' }],
    [
      'say_echo',
      {
        upstream: 'old',
        ownName: 'echo',
        via: 'route',
        route: { index: 0, match: 'say_*', place: { file: 'c.json', line: 7, column: 3 } },
      },
    ],
    ['echo', { via: 'unknown' }],
    ['say_nothing', { via: 'unknown', reason: 'route 1 sends it to old, which offers no tool of this name' }],
  ])('explains where %s goes', async (name, expected) => {
    expect(await hub.explainRoute('tool', name)).toMatchObject({ name, kind: 'tool', ...expected });
  });

  test('names the others that offer the same', async () => {
    const { otherCandidates } = await hub.explainRoute('tool', 'old__echo');
    expect(otherCandidates).toEqual([{ upstream: 'new', reason: 'offers it as new__echo' }]);
  });

  test('leaves no process behind, and can be closed twice', async () => {
    const pids = pidsIn(world.events);
    expect(pids).toHaveLength(2);
    await Promise.all([hub.close(), hub.close('again')]);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(world.events.filter(({ type }) => type === 'hub.stopped')).toHaveLength(1);
  });
});

describe('another hub', () => {
  let hub: Hub | undefined;
  afterEach(() => hub?.close());

  test('that is closed while an upstream starts leaves no process behind', async () => {
    const world = create(hubConfig([rawUpstream('slow', 'legacy.mjs', { evil: 'hang-init' })]));
    hub = world.hub;
    const probing = hub.probe('slow');
    await hub.close();
    expect(await probing).toMatchObject({ ok: false });
    expect(pidsIn(world.events).filter(isAlive)).toEqual([]);
  });

  test('tells why a probe failed, with what the process said', async () => {
    const world = create(hubConfig([rawUpstream('evil', 'legacy.mjs', { evil: 'exit-start:3' })]));
    hub = world.hub;
    expect(await hub.probe('evil')).toMatchObject({
      ok: false,
      reason: expect.stringContaining('the moon is in the wrong phase'),
      stderrTail: expect.stringContaining('the moon is in the wrong phase'),
    });
    expect(world.lines.filter((line) => line.includes('the moon'))).toHaveLength(1);
  });

  test('starts its eager upstreams after the first list of a client, and leaves the disabled ones alone', async () => {
    const world = create(
      hubConfig([
        rawUpstream('eager', 'legacy.mjs', { start: 'eager' }),
        rawUpstream('off', 'legacy.mjs', { enabled: false }),
      ]),
    );
    hub = world.hub;
    const ready = new Promise<void>((resolve) => {
      world.hub.bus.listen((event) => event.type === 'upstream.state' && event.state === 'ready' && resolve());
    });
    await hub.connectLocalClient({ name: 'local', version: '1' }).request('prompts/list');
    await ready;
    expect(pidsIn(world.events)).toHaveLength(1);
  });

  test('ends a call that takes longer than its upstream may', async () => {
    const timeouts = { startMs: 30_000, callMs: 1000, maxCallMs: 5000 };
    const world = create(hubConfig([rawUpstream('old', 'legacy.mjs', { timeouts })]));
    hub = world.hub;
    await hub.probe('old');
    const reply = await hub
      .connectLocalClient({ name: 'local', version: '1' })
      .request('tools/call', { name: 'old__hang', arguments: {} });
    expect(textOf(reply)).toBe('old__hang did not answer within 1000 ms');
  });
});
