import { expect, test } from 'vitest';
import { createFifo } from '../../src/utils/fifo.ts';

test('a queue gives its items in their order, however many have been taken before', () => {
  const queue = createFifo<number>();
  const taken: Array<number | undefined> = [];
  for (let item = 0; item < 10_000; item += 1) {
    queue.push(item);
    if (item % 3 !== 0) taken.push(queue.shift());
  }
  expect(queue.size).toBe(10_000 - taken.length);
  while (queue.size > 0) taken.push(queue.shift());
  expect(taken).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
  expect(queue.shift()).toBeUndefined();
});

test('an item is found and replaced by its place from the front', () => {
  const queue = createFifo<string>();
  for (const item of ['a', 'b', 'c']) queue.push(item);
  queue.shift();
  queue.replace(1, 'C');
  expect([queue.at(0), queue.at(1), queue.at(2)]).toEqual(['b', 'C', undefined]);
});
