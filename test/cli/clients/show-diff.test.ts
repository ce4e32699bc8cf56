import { expect, test } from 'vitest';
import { showDiff } from '../../../src/cli/clients/show-diff.ts';

const diff = (before: unknown, after: unknown): string => {
  const text = (value: unknown) => JSON.stringify(value, undefined, 2);
  return showDiff(text(before), text(after), { label: 'f', values: [before, after], width: undefined });
};

test('a difference shows what is around it', () => {
  expect(diff({ a: 1, b: 2 }, { a: 1, b: 3 })).toBe(
    '--- f\n+++ f\n@@ -1,4 +1,4 @@\n {\n   "a": 1,\n-  "b": 2\n+  "b": 3\n }\n',
  );
});

test('no secret is shown, wherever it stands', () => {
  const before = { env: { TOKEN: 'hush', N: '1' }, args: ['--api-key', 's3cret-of-mine'], n: '1' };
  const shown = diff(before, { ...before, x: 'hush in a text' });
  expect(shown).not.toMatch(/"hush"|s3cret/);
  const comment = showDiff('// ghp_0123456789abcdefghijABCDEFGHIJ012345\n{}', '{ }', {
    label: 'f',
    values: [],
    width: undefined,
  });
  expect(comment).not.toContain('ghp_');
});

test('nothing in it steers a terminal, and long lines are cut', () => {
  const shown = showDiff('', `\u001b[2J ${'word '.repeat(100)}`, { label: 'f', values: [], width: 40 });
  expect(shown).not.toContain('\u001b');
  expect(Math.max(...shown.split('\n').map((line) => line.length))).toBe(40);
});
