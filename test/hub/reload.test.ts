import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { HubConfig } from '../../src/config/hub-config.ts';
import type { HubEvent, HubReloaded, UpstreamState } from '../../src/events/events.ts';
import { createHub, type Hub } from '../../src/hub/hub.ts';
import { eventually } from '../e2e/support/processes.ts';
import { isRunning } from '../fixtures/transport/processes.ts';
import { hubConfig, rawUpstream } from '../support/hub-config.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'mcp-hub-reload-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

let hub: Hub;
afterEach(() => hub.close());

const create = (config: HubConfig) => {
  const events: HubEvent[] = [];
  hub = createHub({ config, stateDir, env: process.env, log: false, stderr: () => {} });
  hub.bus.listen((event) => events.push(event));
  const client = hub.connectLocalClient({ name: 'local', version: '1' });
  const namesIn = async (): Promise<string[]> => {
    const list = await client.request('tools/list');
    return list.ok ? (list.result['tools'] as Array<{ name: string }>).map(({ name }) => name) : [];
  };
  const whoami = async (name: string): Promise<{ pid: number; argv: string[] }> => {
    const reply = await client.request('tools/call', { name: `${name}__whoami`, arguments: {} });
    if (!reply.ok) throw new Error(reply.error.message);
    return JSON.parse((reply.result['content'] as Array<{ text: string }>)[0]?.text ?? '');
  };
  const states = (name: string): UpstreamState[] =>
    events.flatMap((event) => (event.type === 'upstream.state' && event.upstream === name ? [event.state] : []));
  const reloads = (): HubReloaded[] => events.flatMap((event) => (event.type === 'hub.reloaded' ? [event] : []));
  return { client, namesIn, whoami, states, reloads, events };
};

const one = rawUpstream('one', 'legacy.mjs');
const two = rawUpstream('two', 'modern.mjs');

describe('a hub', () => {
  test('starts an upstream anew for who asks for it, and leaves the others alone', async () => {
    const { whoami, states } = create(hubConfig([one, two]));
    const before = [(await whoami('one')).pid, (await whoami('two')).pid];
    hub.restartUpstream('one');
    const after = (await whoami('one')).pid;
    expect(after).not.toBe(before[0]);
    expect((await whoami('two')).pid).toBe(before[1]);
    await eventually('the end of the old one', () => !isRunning(before[0] as number));
    expect(states('one')).toEqual(['starting', 'ready', 'idle', 'starting', 'ready']);
    expect(() => hub.restartUpstream('nobody')).toThrow('no upstream is named nobody');
  });

  test('takes an upstream away that is switched off, and gives it back', async () => {
    const { namesIn, whoami, states } = create(hubConfig([one, two]));
    const { pid } = await whoami('one');
    hub.disableUpstream('one');
    expect((await namesIn()).every((name) => name.startsWith('two__'))).toBe(true);
    await expect(whoami('one')).rejects.toThrow('Unknown tool');
    await eventually('its end', () => !isRunning(pid));
    hub.enableUpstream('one');
    await eventually('its return', async () => (await namesIn()).includes('one__echo'));
    expect((await whoami('one')).pid).not.toBe(pid);
    expect(states('one')).toEqual(['starting', 'ready', 'disabled', 'idle', 'starting', 'ready']);
  });

  test.each([
    [
      'switched off and on',
      () => {
        hub.disableUpstream('one');
        hub.enableUpstream('one');
      },
    ],
    [
      'started anew twice',
      () => {
        hub.restartUpstream('one');
        hub.restartUpstream('one');
      },
    ],
  ])(
    'starts no second process of an upstream that is %s while the first is still ending',
    async (_, act) => {
      const { whoami } = create(hubConfig([rawUpstream('one', 'legacy.mjs', { evil: 'ignore-eof' })]));
      const { pid } = await whoami('one');
      const others: boolean[] = [];
      hub.bus.listen((event) => {
        if (event.type === 'upstream.state' && event.state === 'ready') others.push(isRunning(pid));
      });
      act();
      expect((await whoami('one')).pid).not.toBe(pid);
      expect(others).toEqual([false]);
    },
    20_000,
  );

  test('keeps an upstream switched off over a reload, until the file says something else than before', async () => {
    const { namesIn } = create(hubConfig([one, two]));
    const hasOne = async (): Promise<boolean> => (await namesIn()).includes('one__echo');
    hub.disableUpstream('one');
    hub.reload(hubConfig([one, two], { separator: '-' }));
    expect(await hasOne()).toBe(false);
    hub.reload(hubConfig([{ ...one, enabled: false }, two]));
    hub.reload(hubConfig([one, two]));
    await eventually('its return', hasOne);
  });

  test('keeps the configuration before where another one cannot be put into effect', async () => {
    const { namesIn, whoami, reloads } = create(hubConfig([one, two]));
    const { pid } = await whoami('one');
    hub.disableUpstream('two');
    const before = reloads().length;
    const broken = {
      ...rawUpstream('one', 'legacy.mjs', { evil: 'many-tools:1' }),
      get rename(): never {
        throw new Error('it cannot be read');
      },
    };
    expect(() => hub.reload(hubConfig([broken, { ...two, enabled: false }]))).toThrow(
      'the configuration could not be put into effect: it cannot be read',
    );
    expect(hub.config.upstreams).toEqual([one, { ...two, enabled: false }]);
    expect((await whoami('one')).pid).toBe(pid);
    expect(reloads()).toHaveLength(before);
    hub.enableUpstream('two');
    await eventually('the other one', async () => (await namesIn()).includes('two__echo'));
    hub.reload(hubConfig([{ ...one, prefix: 'o' }, two]));
    await eventually('another prefix', async () => (await namesIn()).includes('o__echo'));
  });

  test('tells what a reload has changed', async () => {
    const { reloads, whoami } = create(hubConfig([one, two]));
    await whoami('one');
    hub.reload(hubConfig([{ ...one, prefix: 'o' }, rawUpstream('three', 'legacy.mjs')]));
    expect(reloads()).toMatchObject([{ added: ['three'], removed: ['two'], replaced: [], adjusted: ['one'] }]);
  });

  test('starts an upstream that has changed when it is needed, where it was not running and nobody has seen it', async () => {
    const { states, whoami } = create(hubConfig([one, two]));
    await whoami('two');
    hub.reload(hubConfig([{ ...one, transport: { ...one.transport, args: ['none.mjs'] } } as typeof one, two]));
    expect(states('one')).not.toContain('starting');
  });

  test('shows what an upstream offers as it was until its successor has said what it offers', async () => {
    const { namesIn, whoami } = create(hubConfig([one]));
    await namesIn();
    await whoami('one');
    hub.restartUpstream('one');
    expect(await namesIn()).toContain('one__echo');
  });

  test('reads the last of several in quick succession, also where the one before is just being read', async () => {
    const offering = (count: number) => rawUpstream('one', 'legacy.mjs', { evil: `many-tools:${count}` });
    const { namesIn } = create(hubConfig([one]));
    await namesIn();
    const isReady = Promise.withResolvers<void>();
    hub.bus.listen((event) => {
      // Right after it, the lists of this one are being read.
      if (event.type === 'upstream.state' && event.state === 'ready') queueMicrotask(isReady.resolve);
    });
    hub.reload(hubConfig([offering(1)]));
    await isReady.promise;
    hub.reload(hubConfig([offering(2)]));
    await eventually('the tools of the last', async () => (await namesIn()).includes('one__extra_1'));
  });
});
