import { expect, test } from 'vitest';
import type { Call } from '../../src/dispatch/call.ts';
import { logOwner } from '../../src/upstream/log-owner.ts';
import { createCall, MODERN_CLIENT } from '../support/calls.ts';

const of = (id: string, logLevel?: string): Call => createCall({ client: { ...MODERN_CLIENT, id }, logLevel });
const warning = { level: 'warning', data: 'hot' };

test('a log message that comes while no call is under way is for everybody', () => {
  expect(logOwner(warning, [])).toBe('everybody');
});

test('a log message belongs to the call that is under way alone, whatever level it wants', () => {
  const call = of('a');
  expect(logOwner(warning, [call])).toBe(call);
});

test('a log message of several calls of one client belongs to the first of them that wants its level', () => {
  const [silent, severe, verbose, all] = [of('a'), of('a', 'error'), of('a', 'info'), of('a', 'debug')];
  expect(logOwner(warning, [silent, severe, verbose, all])).toBe(verbose);
  expect(logOwner(warning, [silent, severe])).toBe(silent);
});

test('a log message that may be about the call of any of two clients is told to neither', () => {
  expect(logOwner(warning, [of('a', 'debug'), of('b', 'debug')])).toBe('nobody');
});

test('a log message that may be about the request of another program of the same name is told to neither', () => {
  const [one, other] = ['1', '2'].map((connectionId) =>
    createCall({ client: { ...MODERN_CLIENT, connectionId }, logLevel: 'debug' }),
  ) as [Call, Call];
  expect(logOwner(warning, [one, other])).toBe('nobody');
  expect(logOwner(warning, [other])).toBe(other);
});
