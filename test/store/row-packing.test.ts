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

test('texts of all kinds and lengths come out whole, and the names that calls share', () => {
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
  expect(packed.names.length).toBeLessThanOrEqual(500 * 5);
  expect(unpackRows(structuredClone(packRows([])))).toEqual([]);
});

test('a call without a server, a name or payloads has none of them afterwards', () => {
  const { upstream: _, qualifiedName: __, ownName: ___, ...bare } = callStarted('bare');
  const rows = [bare, callFinished('bare')].flatMap((event) => toLogRow(event, 0) ?? []);
  expect(unpackRows(structuredClone(packRows(rows)))).toEqual(rows);
});
