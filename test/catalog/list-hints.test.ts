import { afterEach, describe, expect, test, vi } from 'vitest';
import { joinHints, NO_HINTS, NOTHING_OFFERED, readHints, toCacheHints } from '../../src/catalog/list-hints.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { ResultBody } from '../../src/protocol/message.ts';
import { createCatalog, settle } from '../support/create-catalog.ts';
import { createFakeUpstream, tool } from '../support/fake-upstream.ts';

afterEach(() => void vi.useRealTimers());

const page = (value: JsonObject, era: 'legacy' | 'modern' = 'modern'): ResultBody => ({
  era,
  value,
  bytes: Buffer.from(JSON.stringify(value)),
});

describe('the hints of a page', () => {
  test('count from when it came', () => {
    expect(readHints(page({ ttlMs: 5000, cacheScope: 'public' }), 100)).toEqual({
      ttlMs: 5000,
      freshUntil: 5100,
      isPublic: true,
    });
  });

  test.each([{}, { ttlMs: -1 }, { ttlMs: '5' }, { ttlMs: null, cacheScope: 'all' }])(
    '%j are none, and private',
    (value) => {
      expect(readHints(page(value), 100)).toEqual({ ttlMs: undefined, freshUntil: 100, isPublic: false });
    },
  );

  test('of the legacy era are none, whatever it says', () => {
    expect(readHints(page({ ttlMs: 5000, cacheScope: 'public' }, 'legacy'), 100)).toEqual(NO_HINTS);
  });
});

describe('a joint list', () => {
  const long = { ttlMs: 60_000, freshUntil: 60_000, isPublic: true };
  const short = { ttlMs: 9_999, freshUntil: 9_999, isPublic: true };

  test('is fresh as long as its shortest part, in whole seconds, and public where all parts are', () => {
    expect(toCacheHints([long, short, NOTHING_OFFERED], 0)).toEqual({ ttlMs: 9_000, cacheScope: 'public' });
    expect(toCacheHints([long, short], 20_000)).toEqual({ ttlMs: 0, cacheScope: 'public' });
  });

  test('is private as soon as one part is, and stale as soon as one gives no time', () => {
    expect(toCacheHints([long, { ...short, isPublic: false }], 0)).toEqual({ ttlMs: 9_000, cacheScope: 'private' });
    expect(toCacheHints([long, NO_HINTS], 0)).toEqual({ ttlMs: 0, cacheScope: 'private' });
  });

  test('of nothing is stale at once', () => {
    expect(toCacheHints([], 0).ttlMs).toBe(0);
    expect(toCacheHints([NOTHING_OFFERED], 0).ttlMs).toBe(0);
  });

  test('of pages has their shortest time', () => {
    expect(joinHints([long, short])).toEqual(short);
  });
});

describe('a list whose time is over', () => {
  const create = (hints: JsonObject, capabilities: JsonObject = {}) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    let name = 'one';
    const list = (): JsonObject => ({ tools: [tool(name)], ...hints });
    const upstream = createFakeUpstream('up', {
      era: 'modern',
      definitions: { tools: [] },
      capabilities,
      answer: (method) =>
        method === 'tools/list' ? { kind: 'result', body: page(list()), time: { startMs: 0, workMs: 0 } } : undefined,
    });
    const bench = createCatalog([upstream]);
    const namesAfter = async (ms: number, next: string): Promise<string[]> => {
      name = next;
      vi.advanceTimersByTime(ms);
      await bench.catalog.ready('tools');
      await settle();
      return bench.namesOf('tools');
    };
    return { ...bench, upstream, namesAfter };
  };

  test('is read again first, and no sooner', async () => {
    const { namesAfter } = create({ ttlMs: 5000 });
    expect(await namesAfter(0, 'one')).toEqual(['up__one']);
    expect(await namesAfter(4999, 'two')).toEqual(['up__one']);
    expect(await namesAfter(1, 'two')).toEqual(['up__two']);
    expect(await namesAfter(4999, 'three')).toEqual(['up__two']);
  });

  test('of an upstream that is not connected is answered as it was', async () => {
    const { namesAfter, upstream } = create({ ttlMs: 5000 });
    await namesAfter(0, 'one');
    upstream.drop();
    expect(await namesAfter(9000, 'two')).toEqual(['up__one']);
  });

  test('at once is read for every list, but for an upstream that tells of changes', async () => {
    const silent = create({ ttlMs: 0 });
    await silent.namesAfter(0, 'one');
    expect(await silent.namesAfter(0, 'two')).toEqual(['up__two']);
    const telling = create({ ttlMs: 0 }, { tools: { listChanged: true } });
    await telling.namesAfter(0, 'one');
    expect(await telling.namesAfter(0, 'two')).toEqual(['up__one']);
  });

  test('that was never given is not read again', async () => {
    const { namesAfter } = create({});
    await namesAfter(0, 'one');
    expect(await namesAfter(9000, 'two')).toEqual(['up__one']);
  });
});
