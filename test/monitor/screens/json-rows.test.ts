import { describe, expect, test } from 'vitest';
import { jsonRows } from '../../../src/monitor/screens/json-rows.ts';
import { createTheme } from '../../../src/monitor/text/theme.ts';

const { glyphs } = createTheme({ hasColor: false, isAscii: false });

const rowsOf = (json: string, { width = 60, folds = [] as string[] } = {}) =>
  jsonRows(json, { width, glyphs, folds: new Set(folds), root: 'result' });

const linesOf = (json: string, options = {}): string[] =>
  rowsOf(json, options).map(({ spans }) => spans.map(({ text }) => text).join(''));

describe('JSON as lines', () => {
  test('has a line for each member, and those of lists by their place', () => {
    expect(linesOf('{"a":1,"b":[true,null],"c":{},"d":[]}')).toEqual([
      '  a 1',
      '▾ b [2]',
      '    0 true',
      '    1 null',
      '  c {}',
      '  d []',
    ]);
  });

  test('folds away what lies in a member, and says how many are in it', () => {
    const json = '{"list":[{"x":1},{"y":2}],"end":0}';
    expect(rowsOf(json).flatMap(({ fold }) => fold ?? [])).toEqual(['result/list', 'result/list/0', 'result/list/1']);
    expect(linesOf(json, { folds: ['result/list/0'] })).toEqual([
      '▾ list [2]',
      '  ▸ 0 {1}',
      '  ▾ 1 {1}',
      '      y 2',
      '  end 0',
    ]);
    expect(linesOf(json, { folds: ['result/list'] })).toEqual(['▸ list [2]', '  end 0']);
  });

  test('keeps a number as it was written', () => {
    expect(linesOf('{"id":12345678901234567890,"part":1.10}')).toEqual(['  id 12345678901234567890', '  part 1.10']);
  });

  test('shows a text that is JSON itself as what it says, and tells that it was a text', () => {
    expect(linesOf('{"text":"{\\"rows\\":[1]}"}')).toEqual(['▾ text {1} JSON in text', '  ▾ rows [1]', '      0 1']);
    expect(linesOf('{"text":"[not json"}')).toEqual(['  text "[not json"']);
  });

  test('shows a text with line breaks, or too long for its line, as lines below its length', () => {
    expect(linesOf('{"text":"one\\ntwo"}')).toEqual(['  text 7 characters', '  │ one', '  │ two']);
    const lines = linesOf(JSON.stringify({ text: 'word '.repeat(20).trim() }), { width: 40 });
    expect(lines[0]).toBe('  text 99 characters');
    expect(lines.slice(1).every((each) => each.startsWith('  │ word') && each.length <= 40)).toBe(true);
    expect(lines.slice(1).join(' ').match(/word/g)).toHaveLength(20);
  });

  test('makes control, direction and tag characters seen, in names too', () => {
    const text = linesOf(JSON.stringify({ 'na\u001b[31mme': 'a\u202etxt.exe\u{e0041}' })).join('\n');
    for (const hidden of ['\u001b', '\u202e', '\u{e0041}']) expect(text).not.toContain(hidden);
    expect(text).toContain('txt.exe');
  });

  test('shows what is no JSON, as a payload that was cut, as it is', () => {
    expect(linesOf('{"content":[{"type":"te')).toEqual(['│ {"content":[{"type":"te']);
  });

  test('has no name for a value that stands alone', () => {
    expect(linesOf('42')).toEqual(['  42']);
    expect(linesOf('"word"')).toEqual(['  "word"']);
  });
});
