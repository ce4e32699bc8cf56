import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Reply } from '../../src/dispatch/reply.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { LIST_KINDS, LISTS } from '../../src/protocol/methods.ts';
import { errorReply, resultReply } from '../support/calls.ts';
import { createCatalog, settle } from '../support/create-catalog.ts';
import { closedReply, createFakeUpstream, type Definitions, tool } from '../support/fake-upstream.ts';

const EVERYTHING: Definitions = {
  tools: [tool('t')],
  prompts: [{ name: 'p' }],
  resources: [{ uri: 'x:r', name: 'r' }],
  templates: [{ uriTemplate: 'x:item/{id}', name: 'i' }],
};

const never = (): Promise<never> => new Promise(() => {});

/** A start that the test lets happen. */
const gate = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { start: () => promise, open: resolve, fail: reject };
};

describe('the first list', () => {
  test('starts every upstream and has what all of them offer', async () => {
    const { catalog, namesOf, listed } = createCatalog([
      createFakeUpstream('a', { definitions: EVERYTHING }),
      createFakeUpstream('b', { definitions: { tools: [tool('t')] } }),
    ]);
    await catalog.ready('tools');
    expect(namesOf('tools')).toEqual(['a__t', 'b__t']);
    await catalog.ready('templates');
    expect(namesOf('templates')).toEqual(['x:item/{id}']);
    expect(listed.find(({ upstream }) => upstream === 'a')).toEqual({
      upstream: 'a',
      serverInfo: { name: 'a', version: '1' },
      counts: { tools: 1, prompts: 1, resources: 1, templates: 1 },
      definitionBytes: '"t"'.length + '{"type":"object"}'.length,
      tools: [expect.objectContaining({ name: 't' })],
    });
  });

  test('waits for an upstream that hangs no longer than `firstListMs`, and the second list not at all', async () => {
    const hanging = createFakeUpstream('hangs', { start: never });
    const good = createFakeUpstream('good', { definitions: EVERYTHING });
    const { catalog, namesOf } = createCatalog([hanging, good], { firstListMs: 300 });
    const startedAt = performance.now();
    await catalog.ready('tools');
    const firstMs = performance.now() - startedAt;
    expect(firstMs).toBeGreaterThanOrEqual(290);
    expect(namesOf('tools')).toEqual(['good__t']);
    await catalog.ready('tools');
    await catalog.ready('prompts');
    expect(performance.now() - startedAt - firstMs).toBeLessThan(250);
    catalog.close();
  });

  test('waits as little for an upstream that starts and never answers, and says so once', async () => {
    const { catalog, namesOf, problems } = createCatalog(
      [createFakeUpstream('mute', { definitions: EVERYTHING, answer: never })],
      {
        firstListMs: 30,
      },
    );
    await catalog.ready('tools');
    await catalog.ready('prompts');
    expect(namesOf('tools')).toEqual([]);
    expect(catalog.isKnown('mute', 'tools')).toBe(false);
    expect(problems).toEqual(['mute: it has not said within 30 ms what it offers; lists are answered without it']);
    catalog.close();
  });

  test('comes at once when the only upstream fails, and every later list tries it again without waiting', async () => {
    let isBroken = true;
    const gates = [gate(), gate()];
    const upstream = createFakeUpstream('late', {
      definitions: EVERYTHING,
      start: async () => {
        if (isBroken) throw new HubError('UPSTREAM_START_FAILED', 'no');
        await gates[0]?.start();
      },
    });
    const { catalog, namesOf } = createCatalog([upstream]);
    await catalog.ready('tools');
    catalog.markServed('tools');
    expect(namesOf('tools')).toEqual([]);
    isBroken = false;
    await catalog.ready('tools');
    expect(namesOf('tools')).toEqual([]);
    expect(upstream.connects).toBe(2);
    gates[0]?.open();
    await settle();
    expect(namesOf('tools')).toEqual(['late__t']);
  });

  test('asks an upstream for nothing that it does not declare', async () => {
    const upstream = createFakeUpstream('a', { definitions: { prompts: [{ name: 'p' }] } });
    const { catalog } = createCatalog([upstream]);
    await catalog.ready('tools');
    expect(catalog.isKnown('a', 'tools')).toBe(true);
    expect(upstream.requests).toEqual(['prompts/list']);
  });

  test('of several clients at once reads each upstream once', async () => {
    const upstream = createFakeUpstream('a', { definitions: EVERYTHING });
    const { catalog } = createCatalog([upstream]);
    await Promise.all(
      LIST_KINDS.flatMap((kind) => [catalog.ready(kind), catalog.ready(kind), catalog.load('a', kind)]),
    );
    expect([...upstream.requests].sort()).toEqual(LIST_KINDS.map((kind) => LISTS[kind].method).sort());
    expect(upstream.connects).toBe(1);
  });
});

describe('an upstream whose list cannot be read', () => {
  test('because it refuses has an empty one, and says so once', async () => {
    const upstream = createFakeUpstream('a', {
      definitions: EVERYTHING,
      answer: (method) => (method === 'prompts/list' ? errorReply(-32601, 'Method not found') : undefined),
    });
    const { catalog, problems, namesOf } = createCatalog([upstream]);
    await catalog.ready('prompts');
    upstream.tellChange('prompts');
    await settle();
    expect(catalog.isKnown('a', 'prompts')).toBe(true);
    expect(namesOf('tools')).toEqual(['a__t']);
    expect(problems).toEqual(['a: a did not answer prompts/list: Method not found']);
  });

  test('because it has no templates is no problem', async () => {
    const upstream = createFakeUpstream('a', { definitions: { resources: [] } });
    const { catalog, problems } = createCatalog([upstream]);
    await catalog.ready('templates');
    expect(catalog.isKnown('a', 'templates')).toBe(true);
    expect(problems).toEqual([]);
  });

  test('because it ends in the middle is asked again by the next list', async () => {
    let isBroken = true;
    const upstream = createFakeUpstream('evil', {
      definitions: EVERYTHING,
      answer: () => (isBroken ? closedReply() : undefined),
    });
    const { catalog, namesOf, problems } = createCatalog([upstream]);
    await catalog.ready('tools');
    expect(namesOf('tools')).toEqual([]);
    expect(catalog.isKnown('evil', 'tools')).toBe(false);
    expect(problems[0]).toBe('evil: evil ended: exit code 1');
    upstream.drop();
    isBroken = false;
    await catalog.ready('tools');
    await settle();
    expect(namesOf('tools')).toEqual(['evil__t']);
  });

  test('is asked again on the same connection too', async () => {
    let isBroken = true;
    const upstream = createFakeUpstream('evil', {
      definitions: { tools: [tool('t')] },
      answer: () => (isBroken ? closedReply() : undefined),
    });
    const { catalog, namesOf } = createCatalog([upstream]);
    await catalog.load('evil', 'tools');
    isBroken = false;
    await catalog.load('evil', 'tools');
    expect(namesOf('tools')).toEqual(['evil__t']);
  });

  test('keeps the list that was known', async () => {
    let isBroken = false;
    const upstream = createFakeUpstream('a', {
      definitions: EVERYTHING,
      answer: () => (isBroken ? closedReply('a') : undefined),
    });
    const { catalog, namesOf, announced } = createCatalog([upstream]);
    await catalog.ready('tools');
    catalog.markServed('tools');
    isBroken = true;
    upstream.tellChange('tools');
    await settle();
    expect(namesOf('tools')).toEqual(['a__t']);
    expect(announced).toEqual([]);
  });

  test('holds back no other', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
    const body = `{"tools":[{"name":"deep","inputSchema":{"type":"object","x":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}]}`;
    const reply: Reply = {
      ...resultReply({}),
      body: { era: 'legacy', bytes: Buffer.from(body), value: { tools: [tool('deep', { x: deep })] } },
    };
    const evil = createFakeUpstream('evil', { definitions: { tools: [] }, answer: () => reply });
    const good = createFakeUpstream('good', { definitions: { tools: [tool('t')] } });
    const { catalog, namesOf, listed } = createCatalog([evil, good]);
    await catalog.ready('tools');
    expect(namesOf('tools')).toEqual(['evil__deep', 'good__t']);
    expect(listed).toHaveLength(2);
  });
});

describe('a change', () => {
  test('that a late upstream brings in all its lists is announced once', async () => {
    const { start, open } = gate();
    const answers = LIST_KINDS.map(() => Promise.withResolvers<void>());
    const late = createFakeUpstream('late', {
      definitions: EVERYTHING,
      start,
      answer: (method) => {
        const index = LIST_KINDS.findIndex((kind) => LISTS[kind].method === method);
        const kind = LIST_KINDS[index] as (typeof LIST_KINDS)[number];
        const reply = resultReply({ [LISTS[kind].member]: [...(EVERYTHING[kind] ?? [])] });
        return answers[index]?.promise.then(() => reply);
      },
    });
    const { catalog, announced } = createCatalog([late], { firstListMs: 1 });
    for (const kind of LIST_KINDS) {
      await catalog.ready(kind);
      catalog.markServed(kind);
    }
    open();
    for (const answer of answers) {
      await settle();
      answer.resolve();
    }
    await settle();
    expect(announced).toEqual([['prompts', 'resources', 'templates', 'tools']]);
  });

  test('is not announced when nobody has asked for the list', async () => {
    const upstream = createFakeUpstream('a', { definitions: EVERYTHING });
    const { catalog, announced } = createCatalog([upstream]);
    await catalog.ready('tools');
    catalog.markServed('tools');
    upstream.offer({ ...EVERYTHING, prompts: [{ name: 'p' }, { name: 'q' }] });
    upstream.tellChange('prompts');
    await settle();
    expect(announced).toEqual([]);
  });

  test('that upstreams announce is announced when it changes something', async () => {
    const upstream = createFakeUpstream('a', { definitions: EVERYTHING });
    const { catalog, announced, namesOf } = createCatalog([upstream]);
    await catalog.ready('tools');
    catalog.markServed('tools');
    upstream.tellChange('tools');
    await settle();
    expect(announced).toEqual([]);
    upstream.offer({ ...EVERYTHING, tools: [tool('t'), tool('u')] });
    upstream.tellChange('tools');
    await settle();
    expect(announced).toEqual([['tools']]);
    expect(namesOf('tools')).toEqual(['a__t', 'a__u']);
    upstream.tellChange('tools');
    await settle();
    expect(announced).toHaveLength(1);
  });

  test('is announced to those that have the old list, also when another client has just got the new one', async () => {
    const upstream = createFakeUpstream('a', { definitions: { tools: [tool('t')] } });
    const { catalog, announced, namesOf } = createCatalog([upstream]);
    await catalog.ready('tools');
    catalog.markServed('tools');
    await settle();
    upstream.offer({ tools: [tool('t'), tool('u')] });
    upstream.tellChange('tools');
    // The new list is read, and not announced yet.
    for (let turn = 0; turn < 100 && namesOf('tools').length === 1; turn += 1) await Promise.resolve();
    expect(namesOf('tools')).toEqual(['a__t', 'a__u']);
    expect(announced).toEqual([]);
    catalog.markServed('tools');
    await settle();
    expect(announced).toEqual([['tools']]);
  });

  test('of a definition under the same name is a change', async () => {
    const upstream = createFakeUpstream('a', { definitions: { tools: [tool('t')] } });
    const { catalog, announced } = createCatalog([upstream]);
    await catalog.ready('tools');
    catalog.markServed('tools');
    upstream.offer({ tools: [tool('t', { description: 'new' })] });
    upstream.tellChange('tools');
    await settle();
    expect(announced).toEqual([['tools']]);
  });

  test('during a reading is read after it, once however often it is told', async () => {
    const first = Promise.withResolvers<Reply>();
    const replies: Array<Promise<Reply> | undefined> = [first.promise];
    const upstream = createFakeUpstream('a', { definitions: { tools: [tool('new')] }, answer: () => replies.shift() });
    const { catalog, namesOf } = createCatalog([upstream]);
    const ready = catalog.ready('tools');
    await settle();
    for (let count = 0; count < 10; count += 1) upstream.tellChange('tools');
    first.resolve(resultReply({ tools: [tool('old')] }));
    await ready;
    expect(namesOf('tools')).toEqual(['a__new']);
    expect(upstream.requests).toEqual(['tools/list', 'tools/list']);
  });

  test('that comes with every reading is read a few times at once, and then once in a while', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    try {
      const upstream = createFakeUpstream('a', {
        definitions: { tools: [tool('t')] },
        answer: () => {
          upstream.tellChange('tools');
          return undefined;
        },
      });
      const { catalog, namesOf } = createCatalog([upstream]);
      await catalog.ready('tools');
      await settle(20);
      expect(namesOf('tools')).toEqual(['a__t']);
      expect(upstream.requests).toHaveLength(6);
      vi.advanceTimersByTime(1000);
      await settle(20);
      const { length } = upstream.requests;
      expect(length).toBeGreaterThan(6);
      expect(length).toBeLessThan(10);
    } finally {
      vi.useRealTimers();
    }
  });

  test('of the connection is read again', async () => {
    const upstream = createFakeUpstream('a', { definitions: { tools: [tool('one')] } });
    const { catalog, namesOf, announced } = createCatalog([upstream]);
    await catalog.ready('tools');
    catalog.markServed('tools');
    upstream.drop();
    upstream.offer({ tools: [tool('two')] });
    await upstream.connect(new AbortController().signal);
    await settle();
    expect(namesOf('tools')).toEqual(['a__two']);
    expect(announced).toEqual([['tools']]);
  });

  describe('beside a list that never comes', () => {
    afterEach(() => void vi.useRealTimers());

    test('is announced all the same, a moment later', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      let isMute = false;
      const upstream = createFakeUpstream('a', {
        definitions: EVERYTHING,
        answer: (method) => (isMute && method === 'prompts/list' ? never() : undefined),
      });
      const { catalog, announced } = createCatalog([upstream]);
      await catalog.ready('tools');
      catalog.markServed('tools');
      isMute = true;
      upstream.offer({ ...EVERYTHING, tools: [] });
      upstream.tellChange('prompts');
      upstream.tellChange('tools');
      await settle();
      expect(announced).toEqual([]);
      vi.advanceTimersByTime(500);
      expect(announced).toEqual([['tools']]);
    });
  });

  test('reaches a listener until it stops listening', async () => {
    const upstream = createFakeUpstream('a', { definitions: { tools: [] } });
    const { catalog } = createCatalog([upstream]);
    const told: number[] = [];
    const stop = catalog.onChanged(() => told.push(1));
    await catalog.ready('tools');
    catalog.markServed('tools');
    stop();
    upstream.offer({ tools: [tool('t')] });
    upstream.tellChange('tools');
    await settle();
    expect(told).toEqual([]);
  });
});

describe('a catalog', () => {
  test('gives the same list until something changes', async () => {
    const upstream = createFakeUpstream('a', { definitions: EVERYTHING });
    const { catalog } = createCatalog([upstream]);
    await catalog.ready('tools');
    const list = catalog.list('tools');
    upstream.tellChange('tools');
    await settle();
    expect(catalog.list('tools')).toBe(list);
    upstream.offer({ ...EVERYTHING, tools: [tool('other')] });
    upstream.tellChange('tools');
    await settle();
    expect(catalog.list('tools')).not.toBe(list);
  });

  test('tells each problem once', async () => {
    const upstream = createFakeUpstream('a', { definitions: { tools: [null, tool('x.y')] } });
    const { catalog, problems } = createCatalog([upstream]);
    await catalog.ready('tools');
    catalog.list('tools');
    upstream.tellChange('tools');
    await settle();
    catalog.list('tools');
    expect(problems).toHaveLength(2);
    expect(problems[0]).toBe('a: tools[0] is left out: it is not an object');
  });

  test('tells when the first list of all has been served, once', async () => {
    const { catalog } = createCatalog([createFakeUpstream('a', { definitions: EVERYTHING })]);
    const told: number[] = [];
    catalog.onFirstServed(() => told.push(1));
    await catalog.ready('tools');
    expect(told).toEqual([]);
    catalog.markServed('tools');
    catalog.markServed('prompts');
    expect(told).toEqual([1]);
  });

  test('finds the template that covers a URI, in the order of the list', async () => {
    const { catalog } = createCatalog([
      createFakeUpstream('a', { definitions: { templates: [{ uriTemplate: 'x:{id}', name: 'i' }], resources: [] } }),
      createFakeUpstream('b', { definitions: { templates: [{ uriTemplate: 'x:b/{id}', name: 'i' }], resources: [] } }),
    ]);
    await catalog.ready('templates');
    expect(catalog.matchTemplate('x:1')?.upstream).toBe('a');
    expect(catalog.matchTemplate('x:b/1')?.upstream).toBe('b');
    expect(catalog.matchTemplate('y:1')).toBeUndefined();
  });

  test('knows the owners of URIs from results', () => {
    const { catalog } = createCatalog([createFakeUpstream('a')]);
    catalog.learnUris('a', { content: [{ type: 'resource_link', uri: 'x:1' }] });
    expect(catalog.learnedOwner('x:1')).toBe('a');
  });

  test('knows the prefixes and filters of its own upstreams only', () => {
    const { catalog } = createCatalog([createFakeUpstream('a')], {
      rules: { a: { prefix: 'A', isOffered: (_kind, name) => name === 'yes' } },
    });
    expect([catalog.prefixOf('a'), catalog.prefixOf('b')]).toEqual(['A', undefined]);
    expect([catalog.isOffered('a', 'tools', 'yes'), catalog.isOffered('a', 'tools', 'no')]).toEqual([true, false]);
    expect(catalog.listingOf('a')).toBeUndefined();
    expect(catalog.isKnown('b', 'tools')).toBe(false);
  });

  test('gives up all reading when it is closed, without a word', async () => {
    const upstream = createFakeUpstream('a', { definitions: EVERYTHING, answer: never });
    const { catalog, problems } = createCatalog([upstream]);
    const waiting = catalog.load('a', 'tools');
    await settle();
    catalog.close();
    await waiting;
    expect(problems).toEqual([]);
  });

  test('cannot be made of upstreams that are not there', () => {
    expect(() => createCatalog([], { upstreams: { names: ['ghost'], get: () => undefined } })).toThrow(RangeError);
  });
});
