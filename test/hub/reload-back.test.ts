import { afterEach, describe, expect, test } from 'vitest';
import type { HubConfig, UpstreamConfig } from '../../src/config/hub-config.ts';
import { failureReply } from '../../src/dispatch/failure.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent } from '../../src/events/events.ts';
import { createLiveConfig } from '../../src/hub/live-config.ts';
import { createReload } from '../../src/hub/reload.ts';
import { createViews, type Views } from '../../src/hub/views.ts';
import { createBreaker } from '../../src/resilience/breaker.ts';
import { createPauses } from '../../src/resilience/pause.ts';
import { createUpstreamPool, type UpstreamPool } from '../../src/upstream/pool.ts';
import { createValve } from '../../src/utils/valve.ts';
import { createCall } from '../support/calls.ts';
import { hubConfig } from '../support/hub-config.ts';
import { upstreamConfig } from '../support/upstream-config.ts';

let views: Views | undefined;
afterEach(() => views?.close());

const math = upstreamConfig('math');
const OTHER_MATH = upstreamConfig('math', {
  transport: { type: 'stdio', command: process.execPath, args: ['other'], env: {} },
});
const first = hubConfig([math, upstreamConfig('two')]);

/** What a hub has for its configuration, with two views, and a breaker that is open. No upstream is started. */
const setUp = async () => {
  const events: HubEvent[] = [];
  const bus = createEventBus();
  const live = createLiveConfig(first);
  const pools: UpstreamPool[] = [];
  const created = createViews({
    configOf: () => live.config,
    bus,
    createPool: (capabilities, answerUnattributed) => {
      const pool = createUpstreamPool({
        config: live.config,
        bus,
        env: {},
        clientInfo: { name: 'test', version: '1' },
        capabilities,
        answerUnattributed,
        readEraVerdict: async () => undefined,
        valve: createValve(),
      });
      pools.push(pool);
      return pool;
    },
  });
  views = created;
  for (const capabilities of [{}, { roots: {} }]) created.of({ capabilities });
  const breaker = createBreaker({ bus, isOn: () => true });
  const pauses = createPauses({ bus });
  const fails = breaker.interceptor(async () =>
    failureReply(new HubError('UPSTREAM_CLOSED', 'it broke', { upstream: 'math', sent: true })),
  );
  for (let count = 0; count < 5; count += 1) await fails(createCall());
  bus.listen((event) => events.push(event));
  const { reload } = createReload({ live, bus, views: created, breaker, pauses, kept: undefined, log: undefined });
  const told = (): string[] =>
    events.map((event) => {
      if (event.type === 'upstream.state') return `${event.upstream} ${event.state}`;
      return event.type === 'hub.reloaded' ? event.reason : event.type;
    });
  return { live, pools, breaker, reload, told, events };
};

const failing = (key: keyof UpstreamConfig, upstream: UpstreamConfig): UpstreamConfig =>
  Object.defineProperty({ ...upstream }, key, {
    get: () => {
      throw new Error('it cannot be read');
    },
  });

describe('a configuration that cannot be put into effect', () => {
  test.each<[string, HubConfig]>([
    ['it cannot be compared', hubConfig([OTHER_MATH, failing('transport', upstreamConfig('two'))])],
    ['what is shown of an upstream cannot be worked out', hubConfig([OTHER_MATH, failing('rename', math)])],
  ])('changes nothing, and nothing is told of it, where %s', async (_, next) => {
    const { live, pools, breaker, reload, told } = await setUp();
    const before = pools.map((pool) => pool.get('math'));
    expect(breaker.isOpen('math')).toBe(true);
    expect(() => reload(next)).toThrow('the configuration could not be put into effect: it cannot be read');
    expect(told()).toEqual([]);
    expect(live.config).toBe(first);
    expect(pools.map((pool) => pool.get('math'))).toEqual(before);
    expect(breaker.isOpen('math')).toBe(true);
  });

  const breakSecond = ({ pools }: Awaited<ReturnType<typeof setUp>>, times: number): void => {
    const [, second] = pools as [UpstreamPool, UpstreamPool];
    const { apply } = second;
    let left = times;
    second.apply = (...to) => {
      left -= 1;
      if (left >= 0) throw new Error('there is no room');
      return apply(...to);
    };
  };

  test('goes back in the views that have followed it, where one of them cannot', async () => {
    const bench = await setUp();
    const { live, pools, breaker, reload, told, events } = bench;
    breakSecond(bench, 1);
    const untouched = pools[1]?.get('math');
    expect(() => reload(hubConfig([OTHER_MATH]))).toThrow('there is no room');
    expect(live.config).toBe(first);
    expect(pools.map(({ names }) => names)).toEqual([
      ['math', 'two'],
      ['math', 'two'],
    ]);
    expect(pools[1]?.get('math')).toBe(untouched);
    expect(told().at(-1)).toBe('the configuration before counts again');
    expect(events.at(-1)).toMatchObject({ added: ['two'], removed: [], replaced: ['math'] });
    expect(told()).not.toContain('upstream.breaker');
    expect(breaker.isOpen('math')).toBe(true);
    reload(hubConfig([OTHER_MATH]));
    expect(pools.map(({ names }) => names)).toEqual([['math'], ['math']]);
    expect(breaker.isOpen('math')).toBe(false);
  });

  test('says so where a view cannot go back either, and the others do', async () => {
    const bench = await setUp();
    breakSecond(bench, 2);
    expect(() => bench.reload(hubConfig([OTHER_MATH]))).toThrow('there is no room');
    expect(bench.pools[0]?.names).toEqual(['math', 'two']);
    expect(bench.events.at(-1)).toMatchObject({
      type: 'problem',
      message:
        'the configuration before could not be put back in all its parts, which a restart of the hub does: there is no room',
    });
  });
});
