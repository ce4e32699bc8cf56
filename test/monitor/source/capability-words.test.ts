import { expect, test } from 'vitest';
import { capabilityWords } from '../../../src/monitor/source/capability-words.ts';

test('capabilities are words, with what they have of details that is not denied', () => {
  expect(
    capabilityWords({ tools: {}, resources: { subscribe: true, listChanged: false }, logging: {}, odd: true }),
  ).toEqual(['tools', 'resources (subscribe)', 'logging', 'odd']);
});
