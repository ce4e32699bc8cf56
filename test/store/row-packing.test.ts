import { expect, test } from 'vitest';
import type { HubEvent } from '../../src/events/events.ts';
import { toLogRow } from '../../src/store/log-rows.ts';
import { packRows, unpackRows } from '../../src/store/row-packing.ts';
import { callFinished, callStarted, clientConnected, hubStarted } from './support/events.ts';

test('rows come out as they went in, in their order', () => {
  const events: HubEvent[] = [
    hubStarted(),
    callStarted('a', { qualifiedName: 'math__add', ownName: 'add' }),
    clientConnected(),
    callFinished('a', { result: Buffer.from('{"ä":1}') }),
    callStarted('b'),
    callFinished('b', { outcome: 'error', errorCode: -32603, errorMessage: 'it failed' }),
    { type: 'problem', message: 'something', at: 1 },
  ];
  const rows = events.flatMap((event) => toLogRow(event, 16_384) ?? []);
  expect(unpackRows(structuredClone(packRows(rows)))).toEqual(rows);
});

test('texts of all kinds and lengths come out whole', () => {
  const texts = ['', '"x"', '"ä€🐎"', `"${'y'.repeat(20_000)}"`, `"${'🐎'.repeat(9000)}"`];
  const events: HubEvent[] = Array.from({ length: 500 }, (_, index) => index).flatMap((index) => [
    callStarted(`call-${index}`, {
      clientId: `client-${index % 7}`,
      qualifiedName: `math__${index % 3}`,
      request: () => texts[index % texts.length] as string,
    }),
    callFinished(`call-${index}`, {
      result: Buffer.from(texts[(index + 1) % texts.length] as string),
      ...(index % 4 === 0 && { outcome: 'error', errorCode: -index, errorMessage: texts[index % texts.length] ?? '' }),
    }),
  ]);
  const rows = events.flatMap((event) => toLogRow(event, 50_000) ?? []);
  const packed = structuredClone(packRows(rows));
  expect(unpackRows(packed)).toEqual(rows);
  expect(unpackRows(structuredClone(packRows([])))).toEqual([]);
});

test('what calls are of is handed over once for those that share it, and no more numbers than there are', () => {
  const rows = Array.from({ length: 100 }, (_, index) => index).flatMap(
    (index) => toLogRow(callStarted(`call-${index}`, { qualifiedName: `math__${index % 2}` }), 1000) ?? [],
  );
  const { names, numbers } = structuredClone(packRows(rows));
  expect(names).toEqual([0, 1].flatMap((tool) => ['client-1', 'tools/call', 'math', `math__${tool}`, 'add']));
  expect(numbers.buffer.byteLength).toBe(numbers.byteLength);
});

test('every outcome comes out as it went in', () => {
  const outcomes = ['ok', 'tool_error', 'error', 'timeout', 'cancelled', 'denied', 'unknown'] as const;
  const rows = outcomes.flatMap((outcome) => toLogRow(callFinished(outcome, { outcome }), 1000) ?? []);
  const unpacked = unpackRows(structuredClone(packRows(rows)));
  expect(unpacked.map((row) => row.type === 'call.finished' && row.outcome)).toEqual(outcomes);
});

test('a call without a server, a name or payloads has none of them afterwards', () => {
  const { upstream: _, qualifiedName: __, ownName: ___, ...bare } = callStarted('bare');
  const rows = [bare, callFinished('bare')].flatMap((event) => toLogRow(event, 0) ?? []);
  expect(unpackRows(structuredClone(packRows(rows)))).toEqual(rows);
});
