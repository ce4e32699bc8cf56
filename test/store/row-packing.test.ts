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
