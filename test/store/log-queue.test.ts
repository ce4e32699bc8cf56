import { expect, test } from 'vitest';
import type { HubEvent } from '../../src/events/events.ts';
import { createLogQueue } from '../../src/store/log-queue.ts';
import { toLogRow } from '../../src/store/log-rows.ts';
import { callFinished, callStarted, clientConnected, hubStarted } from './support/events.ts';

const row = (event: HubEvent) => {
  const made = toLogRow(event, 16_384);
  if (made === undefined) throw new Error('this event is not logged');
  return made;
};

const idsOf = (rows: readonly { readonly type: string }[]): unknown[] =>
  rows.map((each) => ('callId' in each ? each.callId : each.type));

test('rows come out in their order, hub and clients first', () => {
  const queue = createLogQueue();
  queue.push(row(callStarted('a')));
  queue.push(row(hubStarted()));
  queue.push(row(callFinished('b')));
  queue.push(row(clientConnected()));
  expect(queue.size).toBe(4);
  expect(idsOf(queue.take(3, Number.POSITIVE_INFINITY))).toEqual(['hub.started', 'client.connected', 'a']);
  expect(idsOf(queue.take(3, Number.POSITIVE_INFINITY))).toEqual(['b']);
  expect(queue.size).toBe(0);
});

test('beyond the most rows the oldest are lost and counted, hub and clients last', () => {
  const queue = createLogQueue({ maxRows: 3 });
  queue.push(row(hubStarted()));
  for (const id of ['a', 'b', 'c', 'd']) queue.push(row(callStarted(id)));
  expect(queue.takeLost()).toBe(2);
  expect(queue.takeLost()).toBe(0);
  expect(idsOf(queue.take(10, Number.POSITIVE_INFINITY))).toEqual(['hub.started', 'c', 'd']);
});

test('beyond the most bytes the payloads of the oldest go first, and then rows', () => {
  const queue = createLogQueue({ maxBytes: 30_000 });
  const request = (): string => 'x'.repeat(10_000);
  for (const id of ['a', 'b', 'c', 'd']) queue.push(row(callStarted(id, { request })));
  expect(queue.takeLost()).toBe(0);
  expect(queue.take(2, Number.POSITIVE_INFINITY).map((each) => 'request' in each)).toEqual([false, false]);
  for (const id of ['e', 'f']) queue.push(row(callStarted(id, { request })));
  for (let index = 0; index < 60; index += 1)
    queue.push(row(callFinished(`r${index}`, { result: Buffer.from(request()) })));
  expect(queue.takeLost()).toBeGreaterThan(0);
  const rest = queue.take(1000, Number.POSITIVE_INFINITY);
  expect(idsOf(rest).at(-1)).toBe('r59');
  expect(rest.some((each) => 'result' in each || 'request' in each)).toBe(false);
});

test('a batch has no more bytes than it may, but one row where that is larger', () => {
  const queue = createLogQueue();
  const request = (): string => 'x'.repeat(10_000);
  for (const id of ['a', 'b', 'c', 'd']) queue.push(row(callStarted(id, { request })));
  expect(idsOf(queue.take(10, 1000))).toEqual(['a']);
  expect(idsOf(queue.take(10, 30_000))).toEqual(['b', 'c']);
});

test('a row holds on to no more of a payload and a name than may be stored', () => {
  const large = 'x'.repeat(5_000_000);
  const made = row(callStarted('a', { request: () => large, qualifiedName: 'n'.repeat(1_000_000) }));
  if (made.type !== 'call.started') throw new Error('another row');
  expect(made.request).toHaveLength(16_384 + 4096);
  expect(made.qualifiedName).toHaveLength(8192);
});

test('says how full it is, of rows or of bytes', () => {
  const queue = createLogQueue({ maxRows: 4, maxBytes: 100_000 });
  queue.push(row(callStarted('a')));
  expect(queue.fill).toBe(0.25);
  queue.push(row(callStarted('b', { request: () => 'x'.repeat(8192) })));
  queue.push(row(callStarted('c', { request: () => 'x'.repeat(8192) })));
  queue.take(1, Number.POSITIVE_INFINITY);
  expect(queue.fill).toBe(0.5);
  queue.take(9, Number.POSITIVE_INFINITY);
  expect(queue.fill).toBe(0);
});

const LONG = 'é€'.repeat(2_000);
test.each<[string, HubEvent]>([
  ['a method that nobody knows', callStarted('a', { method: LONG })],
  ['a reason', { type: 'upstream.state', upstream: 'math', state: 'backing_off', reason: LONG, at: 0 }],
  ['a client', { ...clientConnected(), name: LONG } as HubEvent],
  [
    'a list of tools',
    {
      type: 'upstream.listed',
      upstream: 'math',
      tools: 500,
      prompts: 0,
      resources: 0,
      templates: 0,
      definitionBytes: 1,
      toolBytes: Array.from({ length: 500 }, (_, index): [string, number] => [`tool_${index}`, 100]),
      at: 0,
    },
  ],
])('counts all that %s takes: the bound holds for rows without a payload as well', (_, event) => {
  const queue = createLogQueue({ maxBytes: 40_000 });
  for (let count = 0; count < 20; count += 1) queue.push(row(event));
  expect(queue.takeLost()).toBeGreaterThan(10);
});
