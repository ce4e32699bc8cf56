import { expect, test } from 'vitest';
import { createEventBus } from '../../src/events/bus.ts';
import type { HubEvent, UpstreamStateChanged } from '../../src/events/events.ts';
import { type ReportLevel, reportOn } from '../../src/hub/report.ts';

const EVENTS: readonly HubEvent[] = [
  { type: 'upstream.state', upstream: 'math', state: 'backing_off', reason: 'math did not start: exit code 3', at: 0 },
  { type: 'upstream.state', upstream: 'math', state: 'backing_off', reason: 'exit code 3', at: 0 },
  { type: 'problem', upstream: 'math', message: 'math: tools[0] is left out', at: 0 },
  { type: 'upstream.state', upstream: 'math', state: 'ready', reason: 'started in 5 ms', at: 0 },
  { type: 'upstream.stderr', upstream: 'math', line: 'hello', at: 0 },
  { type: 'hub.stopped', reason: 'x', at: 0 },
];

const linesAt = (level: ReportLevel): string[] => {
  const lines: string[] = [];
  const bus = createEventBus();
  reportOn(bus, { level, stderr: (line) => lines.push(line) });
  for (const event of EVENTS) bus.emit(event);
  return lines;
};

test('a person is told what the level asks for, with the name of the upstream once', () => {
  const failures = ['mcp-hub: math did not start: exit code 3', 'mcp-hub: math: exit code 3'];
  const problem = 'mcp-hub: math: tools[0] is left out';
  const ready = 'mcp-hub: math is ready: started in 5 ms';
  expect(linesAt('error')).toEqual(failures);
  // It had failed before.
  expect(linesAt('warning')).toEqual([...failures, problem, ready]);
  expect(linesAt('info')).toEqual([...failures, problem, ready]);
  expect(linesAt('debug')).toEqual([...failures, problem, ready, 'mcp-hub: math says: hello']);
});

const told = (level: ReportLevel, events: readonly HubEvent[]): string[] => {
  const lines: string[] = [];
  const bus = createEventBus();
  reportOn(bus, { level, stderr: (line) => lines.push(line) });
  for (const event of events) bus.emit(event);
  return lines;
};
const state = (to: UpstreamStateChanged['state'], reason: string, errorCode?: number): HubEvent => ({
  type: 'upstream.state',
  upstream: 'math',
  state: to,
  reason,
  at: 0,
  ...(errorCode !== undefined && { errorCode }),
});

test('a first end and a bad sign of health are told as warnings, and that the upstream is back as well', () => {
  expect(
    told('warning', [
      state('starting', 'it is needed'),
      state('ready', 'started in 5 ms'),
      state('idle', 'the process ended with exit code 1', -31011),
      state('starting', 'it is needed'),
      state('ready', 'started in 6 ms'),
      state('degraded', 'it does not answer'),
      state('ready', 'it answers again'),
      state('idle', 'stopped after 100 ms without a call'),
      state('starting', 'it is needed'),
      state('ready', 'started in 7 ms'),
    ]),
  ).toEqual([
    'mcp-hub: math: the process ended with exit code 1; it is started again when it is needed',
    'mcp-hub: math is ready: started in 6 ms',
    'mcp-hub: math is degraded: it does not answer',
    'mcp-hub: math is ready: it answers again',
  ]);
});

test('what a breaker tells is not told a second time as the state of its upstream', () => {
  const breaker = (open: 'open' | 'closed', reason: string): HubEvent => ({
    type: 'upstream.breaker',
    upstream: 'math',
    state: open,
    reason,
    at: 0,
  });
  expect(
    told('warning', [
      breaker('open', 'math has failed 5 times'),
      state('degraded', 'math has failed 5 times'),
      breaker('closed', 'math answers again'),
      state('ready', 'math answers again'),
    ]),
  ).toEqual(['mcp-hub: math has failed 5 times', 'mcp-hub: math is ready: math answers again']);
});

test('of an upstream that says very much, a part is told, and that the rest is left out', () => {
  const lines: string[] = [];
  const bus = createEventBus();
  reportOn(bus, { level: 'debug', stderr: (line) => lines.push(line) });
  for (let index = 0; index < 20_000; index += 1)
    bus.emit({ type: 'upstream.stderr', upstream: 'loud', line: `line ${index}`, at: 0 });
  bus.emit({ type: 'upstream.stderr', upstream: 'calm', line: 'x'.repeat(10_000), at: 0 });
  expect(lines.length).toBeGreaterThan(1_000);
  expect(lines.length).toBeLessThan(2_000);
  expect(lines).toContain('mcp-hub: loud says more than can be read; some of it is left out');
  expect(lines.at(-1)).toMatch(/^mcp-hub: calm says: x+ \[\.\.\.\]$/);
  expect(lines.at(-1)?.length).toBeLessThan(4_200);
});
