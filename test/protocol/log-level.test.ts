import { describe, expect, test } from 'vitest';
import { isLogLevel, isWanted, LOG_LEVELS, mostVerbose } from '../../src/protocol/log-level.ts';

describe('a log message', () => {
  test('is wanted at the level that was asked for and above', () => {
    for (const [index, wanted] of LOG_LEVELS.entries()) {
      expect(LOG_LEVELS.filter((level) => isWanted(level, wanted))).toEqual(LOG_LEVELS.slice(index));
    }
  });

  test.each([undefined, null, 5, 'verbose', 'INFO'])('of the unknown level %j is always wanted', (level) => {
    expect(isWanted(level, 'emergency')).toBe(true);
    expect(isLogLevel(level)).toBe(false);
  });
});

test('the most verbose of some levels is found in whatever order they come', () => {
  expect(mostVerbose(['error', 'info', 'alert'])).toBe('info');
  expect(mostVerbose(['debug', 'emergency'])).toBe('debug');
  expect(mostVerbose(['warning'])).toBe('warning');
  expect(mostVerbose([])).toBeUndefined();
});
