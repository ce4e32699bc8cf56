import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { databasePath } from '../../src/store/database-path.ts';
import { callStarted } from './support/events.ts';
import { query } from './support/log-bench.ts';
import { openMonitorLog } from './support/monitor-log.ts';

const line = (text: string, at = Date.now(), upstream = 'docs') =>
  ({ type: 'upstream.stderr', upstream, line: text, at }) as const;

test('the lines of an upstream in a window of time are kept, in their order', async () => {
  const log = openMonitorLog([[0, 'docs', 'read', 'cursor', 'ok']]);
  for (const [text, at] of [
    ['one', 1000],
    ['two', 2000],
    ['three', 3000],
  ] as const)
    log.bus.emit(line(text, at));
  log.bus.emit(line('of another', 2000, 'math'));
  const reader = await log.read();
  expect(reader.stderr({ upstream: 'docs', fromMs: 1500, toMs: 3000 })).toEqual([
    { at: 2000, line: 'two' },
    { at: 3000, line: 'three' },
  ]);
  expect(reader.stderr({ upstream: 'docs', limit: 1 })).toEqual([{ at: 3000, line: 'three' }]);
});

test('secrets in them are not stored, and long ones lose their end', async () => {
  const log = openMonitorLog([[0, 'docs', 'read', 'cursor', 'ok']]);
  log.bus.emit(line(`logged in with ghp_${'a'.repeat(36)}`));
  log.bus.emit(line('x'.repeat(50_000), Date.now() + 1));
  const reader = await log.read();
  const [first, second] = reader.stderr({ upstream: 'docs' });
  expect(first?.line).toBe('logged in with ***');
  expect(second?.line).toBe('x'.repeat(1000));
});

test('alone they make no database', async () => {
  const log = openMonitorLog([]);
  log.bus.emit(line('hello'));
  await log.log.flush();
  expect(existsSync(databasePath(log.stateDir))).toBe(false);
  log.bus.emit(callStarted('c'));
  const reader = await log.read();
  expect(reader.stderr({ upstream: 'docs' }).map((each) => each.line)).toEqual(['hello']);
});

test('of a flood the last lines are kept, and it is said how many were left out', async () => {
  const log = openMonitorLog([[0, 'docs', 'read', 'cursor', 'ok']]);
  await log.log.flush();
  for (let index = 0; index < 50_000; index += 1) log.bus.emit(line(`line ${index}`));
  const reader = await log.read();
  const lines = reader.stderr({ upstream: 'docs', limit: 1000 }).map((each) => each.line);
  expect(lines).toHaveLength(101);
  expect(lines[0]).toBe('(49900 lines before this left out of the log)');
  expect(lines.at(-1)).toBe('line 49999');
});

test('a log holds a bounded number of lines of each upstream', async () => {
  const log = openMonitorLog([[0, 'docs', 'read', 'cursor', 'ok']]);
  for (let batch = 0; batch < 40; batch += 1) {
    for (let index = 0; index < 100; index += 1) log.bus.emit(line(`line ${index}`, batch * 100 + index));
    await log.log.flush();
  }
  const [{ count } = { count: 0 }] = query<{ count: number }>(
    log.stateDir,
    'SELECT count(*) AS count FROM upstream_lines',
  );
  expect(count).toBeGreaterThanOrEqual(2000);
  expect(count).toBeLessThan(2300);
});
