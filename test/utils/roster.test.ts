import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster } from '../../src/utils/roster.ts';

test('a roster holds what was added and not removed, whatever the order', () => {
  const step = fc.record({ isAdded: fc.boolean(), which: fc.nat({ max: 7 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const entries = Array.from({ length: 8 }, (_, name) => ({ name, place: -1 }));
      const roster = new Roster<(typeof entries)[number]>();
      const expected = new Set<(typeof entries)[number]>();
      for (const { isAdded, which } of steps) {
        const entry = entries[which] as (typeof entries)[number];
        if (isAdded) {
          roster.add(entry);
          expected.add(entry);
        } else {
          roster.remove(entry);
          expected.delete(entry);
        }
        expect(new Set(roster.entries)).toEqual(expected);
        expect(roster.size).toBe(expected.size);
      }
    }),
  );
});
