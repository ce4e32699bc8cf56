import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { createProgress, followStarts } from '../../src/cli/progress.ts';
import { createEventBus } from '../../src/events/bus.ts';

let written = '';
const contextOf = (isErrTerminal: boolean) =>
  ({
    isErrTerminal,
    err: (text: string) => {
      written += text;
    },
  }) as CliContext;

beforeEach(() => {
  written = '';
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const CLEAR = '\r\u001b[2K';

test('what is done within a second is not spoken of', () => {
  const progress = createProgress(contextOf(true));
  progress.say('starting a');
  vi.advanceTimersByTime(999);
  progress.end();
  vi.advanceTimersByTime(5000);
  expect(written).toBe('');
});

test('after a second it is said what is waited for, and for how long, and the line is taken away at the end', () => {
  const progress = createProgress(contextOf(true));
  progress.say('starting a');
  vi.advanceTimersByTime(1000);
  expect(written).toBe(`${CLEAR}starting a (1 s)`);
  vi.advanceTimersByTime(1000);
  expect(written.endsWith(`${CLEAR}starting a (2 s)`)).toBe(true);
  progress.end();
  progress.end();
  expect(written.endsWith(`(2 s)${CLEAR}`)).toBe(true);
});

test('files and scripts get the result alone', () => {
  const progress = createProgress(contextOf(false));
  progress.say('starting a');
  vi.advanceTimersByTime(10_000);
  progress.end();
  expect(written).toBe('');
});

test('the upstreams that are being started are named, and cannot steer the terminal', () => {
  const bus = createEventBus((error) => {
    throw error;
  });
  const progress = createProgress(contextOf(true));
  followStarts(bus, progress);
  const change = (upstream: string, state: 'starting' | 'ready') =>
    bus.emit({ type: 'upstream.state', upstream, state, reason: '', at: 0 });
  change('a\u001b[2J', 'starting');
  change('b', 'starting');
  vi.advanceTimersByTime(1000);
  expect(written).toBe(`${CLEAR}starting a\\u001b[2J, b (1 s)`);
  change('b', 'ready');
  change('a\u001b[2J', 'ready');
  expect(written.endsWith(`${CLEAR}waiting for an answer (1 s)`)).toBe(true);
  progress.end();
});
