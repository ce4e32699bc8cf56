import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOfString } from '../../src/store/json-scan.ts';

test('a string ends after its first quote that no backslash escapes, or with the text', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a"\\]{0,20}$/), (rest) => {
      const [inside = '', close] = /^((?:[^"\\]|\\.)*)("?)/.exec(rest)?.slice(1) ?? [];
      const end = close === '"' ? inside.length + 2 : rest.length + 1;
      expect(endOfString(`"${rest}`, 0)).toBe(end);
      expect(endOfString(`xx"${rest}`, 2)).toBe(end + 2);
    }),
  );
});
