import { describe, expect, test } from 'vitest';
import { guardAgainstFaults } from '../../src/cli/fault-guard.ts';

describe('a fault that nobody handles', () => {
  const watch = () => {
    const lines: string[] = [];
    const ends: number[] = [];
    let time = 0;
    const before = process.listeners('uncaughtException').length;
    const stop = guardAgainstFaults({
      stderr: (line) => lines.push(line),
      onTooMany: () => ends.push(time),
      now: () => time,
    });
    const listener = process.listeners('uncaughtException')[before] as (thrown: unknown) => void;
    return {
      lines,
      ends,
      stop,
      fail: (thrown: unknown) => listener(thrown),
      wait: (ms: number) => {
        time += ms;
      },
    };
  };

  test('is told in one line with its cause, and the hub goes on', () => {
    const { lines, ends, fail, stop } = watch();
    fail(new TypeError('x is not a function'));
    fail('a text');
    stop();
    expect(lines).toEqual([
      'mcp-hub: a fault of the hub itself, which goes on: TypeError: x is not a function',
      'mcp-hub: a fault of the hub itself, which goes on: a text',
    ]);
    expect(ends).toEqual([]);
  });

  test('ends the hub when there were twenty within a minute, and not when they come slowly', () => {
    const slow = watch();
    for (let count = 0; count < 40; count += 1) {
      slow.fail(new Error('x'));
      slow.wait(4_000);
    }
    slow.stop();
    expect(slow.ends).toEqual([]);
    const fast = watch();
    for (let count = 0; count < 25; count += 1) fast.fail(new Error('x'));
    fast.stop();
    expect(fast.ends).toHaveLength(1);
    expect(fast.lines).toContain('mcp-hub: 20 faults within a minute: the hub ends');
  });
});
