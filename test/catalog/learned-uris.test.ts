import { describe, expect, test } from 'vitest';
import { createLearnedUris } from '../../src/catalog/learned-uris.ts';

describe('the owners of URIs in results', () => {
  test('are learned from links and embedded resources of tools and prompts', () => {
    const learned = createLearnedUris();
    learned.learn('a', {
      content: [
        { type: 'resource_link', uri: 'x:link', name: 'l' },
        { type: 'resource', resource: { uri: 'x:embedded', text: '' } },
        { type: 'text', text: 'x:text', uri: 'x:not-a-link' },
      ],
    });
    learned.learn('b', { messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'x:prompt' } } }] });
    expect(['x:link', 'x:embedded', 'x:not-a-link', 'x:prompt', 'x:never'].map(learned.ownerOf)).toEqual([
      'a',
      'a',
      undefined,
      'b',
      undefined,
    ]);
  });

  test('are those of the latest result', () => {
    const learned = createLearnedUris();
    const result = { content: [{ type: 'resource_link', uri: 'x:1' }] };
    learned.learn('a', result);
    learned.learn('b', result);
    expect(learned.ownerOf('x:1')).toBe('b');
  });

  test.each([
    {},
    { content: null },
    {
      content: [
        null,
        1,
        [],
        { type: 'resource' },
        { type: 'resource', resource: 5 },
        { type: 'resource_link', uri: 5 },
      ],
    },
    { messages: [null, {}, { content: 'x' }] },
  ])('are none in %j', (result) => {
    expect(() => createLearnedUris().learn('a', result as never)).not.toThrow();
  });

  test('are forgotten, the oldest first, when there are more than 10,000', () => {
    const learned = createLearnedUris();
    const learn = (uri: string): void => learned.learn('a', { content: [{ type: 'resource_link', uri }] });
    learn('x:first');
    learn('x:second');
    for (let count = 0; count < 9_998; count += 1) learn(`x:${count}`);
    learn('x:first');
    learn('x:one-more');
    expect(learned.ownerOf('x:second')).toBeUndefined();
    expect(learned.ownerOf('x:first')).toBe('a');
  });
});

test('the result of a task that has ended names URIs too', () => {
  const learned = createLearnedUris();
  const result = { content: [{ type: 'resource_link', uri: 'x:1' }], _meta: { ui: { resourceUri: 'ui://a' } } };
  learned.learn('up', { taskId: 't', status: 'completed', result });
  learned.learn('up', { result: { content: [{ type: 'resource_link', uri: 'x:2' }] } });
  expect([learned.ownerOf('x:1'), learned.ownerOf('ui://a'), learned.ownerOf('x:2')]).toEqual(['up', 'up', undefined]);
});
