import { describe, expect, test } from 'vitest';
import { readList } from '../../src/catalog/read-list.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { LISTS } from '../../src/protocol/methods.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { errorReply, resultReply } from '../support/calls.ts';
import { closedReply, createFakeUpstream, tool } from '../support/fake-upstream.ts';

const read = (answer: (cursor: string | undefined) => JsonObject, maxDefinitions = 100) => {
  const upstream = createFakeUpstream('up', {
    answer: (_method, { cursor }) => resultReply(answer(cursor as string | undefined)),
  });
  const reading = readList(upstream, LISTS.tools, { maxDefinitions, signal: new AbortController().signal });
  return { upstream, reading };
};

const namesOf = async ({ reading }: ReturnType<typeof read>) => {
  const { definitions, problems } = await reading;
  return { names: definitions.map(({ name }) => name), problems };
};

describe('the list of an upstream', () => {
  test('is read page by page, in order', async () => {
    verifies('pagination:opaque', 'pagination:page-size');
    const pages: Record<string, JsonObject> = {
      first: { tools: [tool('a'), tool('b')], nextCursor: 'x' },
      x: { tools: [], nextCursor: 'y' },
      y: { tools: [tool('c')] },
    };
    const started = read((cursor) => pages[cursor ?? 'first'] as JsonObject);
    expect(await namesOf(started)).toEqual({ names: ['a', 'b', 'c'], problems: [] });
    expect(started.upstream.requests).toEqual(['tools/list', 'tools/list x', 'tools/list y']);
  });

  test('keeps the bytes of each definition', async () => {
    const text = '{"tools":[ { "name":"a" ,"inputSchema":{"type":"object"},"n":1.0} ]}';
    const upstream = createFakeUpstream('up', {
      answer: () => ({
        ...resultReply({}),
        body: { era: 'legacy', bytes: Buffer.from(text), value: JSON.parse(text) },
      }),
    });
    const { definitions } = await readList(upstream, LISTS.tools, {
      maxDefinitions: 1,
      signal: new AbortController().signal,
    });
    expect(definitions[0]?.bytes.toString()).toBe('{ "name":"a" ,"inputSchema":{"type":"object"},"n":1.0}');
  });

  test('has the first of two definitions of one name', async () => {
    const started = read(() => ({ tools: [tool('a', { n: 1 }), tool('b'), tool('a', { n: 2 })] }));
    expect(await namesOf(started)).toEqual({
      names: ['a', 'b'],
      problems: ['two tools are named "a"; the first is used'],
    });
    expect((await started.reading).definitions[0]?.value['n']).toBe(1);
  });

  test('ends where a cursor comes again', async () => {
    const started = read((cursor) => ({ tools: [tool(`t${cursor}`)], nextCursor: cursor === 'a' ? 'b' : 'a' }));
    const { names, problems } = await namesOf(started);
    expect(names).toEqual(['tundefined', 'ta', 'tb']);
    expect(problems).toEqual(['tools/list repeats the cursor "a"; the rest of the pages is left out']);
  });

  test('ends after 100 pages', async () => {
    let page = 0;
    const started = read(() => {
      page += 1;
      return { tools: [tool(`t${page}`)], nextCursor: String(page) };
    });
    const { names, problems } = await namesOf(started);
    expect(names).toHaveLength(100);
    expect(started.upstream.requests).toHaveLength(100);
    expect(problems).toEqual(['tools/list has more than 100 pages; the rest is left out']);
  });

  test('may have exactly 100 pages', async () => {
    verifies('pagination:end');
    let page = 0;
    const { problems, names } = await namesOf(
      read(() => {
        page += 1;
        return { tools: [tool(`t${page}`)], ...(page < 100 && { nextCursor: String(page) }) };
      }),
    );
    expect(names).toHaveLength(100);
    expect(problems).toEqual([]);
  });

  test('ends at the most definitions that an upstream may have, and asks for no further page', async () => {
    const started = read(() => ({ tools: [tool('a'), tool('b'), tool('c')], nextCursor: 'more' }), 2);
    expect(await namesOf(started)).toEqual({
      names: ['a', 'b'],
      problems: ['more than 2 tools; the rest is left out (hub.limits.tools)'],
    });
    expect(started.upstream.requests).toHaveLength(1);
  });

  test('tells twenty problems one by one, and counts the others', async () => {
    const { problems } = await namesOf(read(() => ({ tools: Array(100_000).fill(null) })));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('99980 more problems of this kind are not told one by one');
  });

  test.each([{}, { tools: null }, { tools: {} }, { tools: 'x' }])(
    'that is %j is empty, with a problem',
    async (result) => {
      expect(await namesOf(read(() => result))).toEqual({ names: [], problems: ['tools/list has no array tools'] });
    },
  );

  test('may nest as deep as it likes', async () => {
    verifies('base:json-schema:bounded');
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const text = `{"tools":[{"name":"deep","inputSchema":{"type":"object","x":${deep}}}]}`;
    const upstream = createFakeUpstream('up', {
      answer: () => ({
        ...resultReply({}),
        body: { era: 'legacy', bytes: Buffer.from(text), value: JSON.parse(text) },
      }),
    });
    const { definitions } = await readList(upstream, LISTS.tools, {
      maxDefinitions: 1,
      signal: new AbortController().signal,
    });
    expect(definitions.map(({ name }) => name)).toEqual(['deep']);
  });

  test('cannot be read where the upstream refuses it, and the reason is told', async () => {
    const upstream = createFakeUpstream('up', { answer: () => errorReply(-32601, 'Method not found') });
    const failure = await readList(upstream, LISTS.tools, {
      maxDefinitions: 1,
      signal: new AbortController().signal,
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HubError);
    expect(failure).toMatchObject({ message: 'up did not answer tools/list: Method not found', cause: undefined });
  });

  test('cannot be read where the connection ends, and that is told apart from a refusal', async () => {
    const upstream = createFakeUpstream('up', { answer: () => closedReply('up') });
    const reading = readList(upstream, LISTS.tools, { maxDefinitions: 1, signal: new AbortController().signal });
    await expect(reading).rejects.toMatchObject({ cause: { code: 'UPSTREAM_CLOSED' } });
  });
});
