import { describe, expect, test } from 'vitest';
import { matchesCall } from '../../../src/monitor/filter/match-call.ts';
import { parseFilter } from '../../../src/monitor/filter/parse-filter.ts';
import type { CallRow } from '../../../src/store/log-reader.ts';

const NOW = 1_000_000;

const CALL: CallRow = {
  id: 1,
  callId: 'c1',
  client: 'Cursor',
  upstream: 'github',
  method: 'tools/call',
  qualifiedName: 'github__create_issue',
  ownName: 'create_issue',
  startedAt: NOW - 5_000,
  outcome: 'tool_error',
  durationMs: 1_500,
  errorMessage: 'Label not found',
  bytesIn: 10,
  isRequestCut: false,
  isResultCut: false,
};

const { durationMs: _, errorMessage: __, ...begun } = CALL;
const RUNNING: CallRow = { ...begun, outcome: 'running' };

const matches = (text: string, call = CALL): boolean => matchesCall(call, { terms: parseFilter(text) }, NOW);

describe('a call matches', () => {
  test.each([
    'server:git*',
    'server:GITHUB',
    'tool:*issue*',
    'tool:github__*',
    'client:cursor',
    'status:error',
    'status:tool_error',
    'status:slow',
    '>1s',
    '<2s',
    'since:10s',
    'label',
    '"not found"',
    'github issue',
    'server:a server:github status:ok status:error',
    '!tool:ping',
    '!status:ok',
  ])('%s', (text) => {
    expect(matches(text)).toBe(true);
  });
});

describe('a call does not match', () => {
  test.each([
    'server:git',
    'tool:issue',
    'client:c',
    'status:ok',
    'status:running',
    '>2s',
    '<1s',
    'since:4s',
    'absent',
    '!server:git*',
  ])('%s', (text) => {
    expect(matches(text)).toBe(false);
  });
});

test('a running call is measured by how long it has taken so far', () => {
  expect(matches('>4s status:running', RUNNING)).toBe(true);
  expect(matches('>6s', RUNNING)).toBe(false);
  expect(matches('status:slow', RUNNING)).toBe(true);
  expect(matches('status:error', RUNNING)).toBe(false);
});

test('a call is out of the match where it began before its time', () => {
  expect(matchesCall(CALL, { terms: [], sinceMs: NOW - 4_000 }, NOW)).toBe(false);
});
