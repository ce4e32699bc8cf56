// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { describe, expect, test } from 'vitest';
import { translateReferences } from '../../src/config/foreign-references.ts';

describe('references in the words of other clients', () => {
  test.each([
    ['{env:API_KEY}', '${API_KEY}'],
    ['Bearer {env:API_KEY}', 'Bearer ${API_KEY}'],
    ['{env:A}-{env:b_2}', '${A}-${b_2}'],
    ['$API_KEY', '${API_KEY}'],
    ['Bearer $API_KEY', 'Bearer ${API_KEY}'],
  ])('%s means %s', (written, ours) => {
    expect(translateReferences(written).value).toBe(ours);
  });

  test.each([
    '${A}',
    '${env:A}',
    '${A:-{env:}}',
    '$1',
    'pa$$word',
    'pa$WORD',
    '$lower',
    'costs $5',
    '{env:}',
    '{file:x}',
  ])('%s stays as it is', (text) => {
    expect(translateReferences(text)).toEqual({ value: text, found: [] });
  });

  test('are found wherever they stand, each with its place, and the rest of a text is not told', () => {
    const entry = { command: ['x', '{env:A}'], environment: { K: 'secret{env:B}' }, timeout: 5, off: false };
    expect(translateReferences(entry)).toEqual({
      value: { command: ['x', '${A}'], environment: { K: 'secret${B}' }, timeout: 5, off: false },
      found: [
        { path: ['command', 1], written: '{env:A}', ours: '${A}' },
        { path: ['environment', 'K'], written: '{env:B}', ours: '${B}' },
      ],
    });
  });
});
