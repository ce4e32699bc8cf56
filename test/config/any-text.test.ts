// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are among the texts.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { removeAt, setAt } from '../../src/config/jsonc-edit.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseJsonc } from '../../src/config/parse-jsonc.ts';
import { parseYaml } from '../../src/config/parse-yaml.ts';
import { validateConfig } from '../../src/config/validate.ts';
import { editYaml } from '../../src/config/yaml-edit.ts';
import { HubError } from '../../src/errors/hub-error.ts';
import { createFolder } from './folder.ts';

const NAMES = [
  'mcpServers',
  'servers',
  'mcp',
  'hub',
  'routes',
  'timeouts',
  'log',
  'redact',
  'a',
  'b',
  '__proto__',
  'command',
  'args',
];
const WORDS = [
  ...NAMES,
  'url',
  'env',
  'type',
  'http',
  'stdio',
  'tools',
  'include',
  'match',
  'to',
  '*',
  '${A}',
  '${',
  'https://x',
  '',
];

const word = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...WORDS) }, fc.string({ unit: 'grapheme' }));
const scalar = fc.oneof(word, fc.double(), fc.integer(), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 5 }),
  ),
}));
/** Something that has the outline of a configuration. */
const outline = fc.record(
  {
    mcpServers: fc.dictionary(
      word,
      fc.oneof(
        tree,
        fc.record({ command: scalar, args: tree, env: tree, url: scalar, type: word }, { requiredKeys: [] }),
      ),
    ),
    hub: fc.record(
      { servers: fc.dictionary(word, tree), routes: fc.array(tree), timeouts: tree, log: tree, separator: scalar },
      { requiredKeys: [] },
    ),
    extra: tree,
  },
  { requiredKeys: [] },
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  tree.map((value) => JSON.stringify(value)),
  outline.map((value) => JSON.stringify(value, undefined, 1)),
  fc
    .array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"',
        '\n',
        '- ',
        '  ',
        '&a',
        '*a',
        '|',
        '#',
        '//',
        '/*',
        '*/',
        '\\',
        'a',
        '?',
        '!!x',
        '<<',
        '---',
        '%',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
);

describe('any text as configuration', () => {
  test.each(['config.json', 'config.yaml', '.mcp-hubrc'])(
    'P5 in %s gives a configuration or CONFIG_INVALID, nothing else',
    async (name) => {
      const folder = await createFolder();
      await fc.assert(
        fc.asyncProperty(text, async (content) => {
          const options = { configFile: await folder.write(name, content), env: { A: 'a' }, cwd: folder.path };
          try {
            const config = await loadConfig(options);
            for (const { severity, message } of config.problems)
              expect([severity === 'error', message]).not.toContain(true);
          } catch (error) {
            expect(error).toBeInstanceOf(HubError);
            expect((error as HubError).code).toBe('CONFIG_INVALID');
          }
          await validateConfig(options);
        }),
        { numRuns: 400 },
      );
    },
  );
});

/** JSON written down in any way that the parser takes, with comments anywhere. */
const written = (value: unknown, space: readonly string[]): string => {
  let next = 0;
  const gap = (): string => space[next++ % space.length] ?? '';
  const write = (item: unknown): string => {
    if (Array.isArray(item)) return `[${item.map((member) => gap() + write(member) + gap()).join(',')}${gap()}]`;
    if (typeof item !== 'object' || item === null) return JSON.stringify(item);
    const members = Object.entries(item).map(
      ([key, member]) => `${gap()}${JSON.stringify(key)}${gap()}:${gap()}${write(member)}${gap()}`,
    );
    return `{${members.join(',')}${gap()}}`;
  };
  return gap() + write(value) + gap();
};

const key = fc.constantFrom('a', 'b', 'c', 'x y', '"', '\n');
const member = fc.oneof(fc.integer(), fc.boolean(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }));
const object = fc.dictionary(key, fc.oneof(member, fc.dictionary(key, fc.oneof(member, fc.dictionary(key, member)))));
const gaps = fc.array(fc.constantFrom('', ' ', '\n', '\n  ', '\t', '/* c */', '// d\n', '\n    // e\n    '), {
  minLength: 1,
  maxLength: 12,
});
const path = fc.array(key, { minLength: 1, maxLength: 3 });

const withValue = (root: unknown, [head, ...rest]: readonly string[], value: unknown): unknown => {
  if (head === undefined) return value;
  if (root !== undefined && (typeof root !== 'object' || root === null || Array.isArray(root)))
    throw new TypeError('no');
  return { ...root, [head]: withValue((root as Record<string, unknown> | undefined)?.[head], rest, value) };
};

const without = (root: unknown, [head, ...rest]: readonly string[]): unknown => {
  if (
    typeof root !== 'object' ||
    root === null ||
    Array.isArray(root) ||
    head === undefined ||
    !Object.hasOwn(root, head)
  )
    return root;
  const { [head]: inner, ...others } = root as Record<string, unknown>;
  return rest.length === 0 ? others : { ...root, [head]: without(inner, rest) };
};

const commentsOf = (jsonc: string): number => jsonc.match(/\/\*|\/\//g)?.length ?? 0;

describe('any edit of any JSON', () => {
  test('that sets a value sets that value, changes no other, and loses no comment', () => {
    fc.assert(
      fc.property(object, gaps, path, member, (root, space, where, value) => {
        const before = written(root, space);
        let expected: unknown;
        try {
          expected = withValue(root, where, value);
        } catch {
          expect(() => setAt(before, where, value)).toThrow(TypeError);
          return;
        }
        const after = setAt(before, where, value);
        expect(parseJsonc('x.json', after)).toMatchObject({ problems: [], value: expected });
        fc.pre(!JSON.stringify([root, value]).includes('/'));
        if (JSON.stringify(without(root, where)) === JSON.stringify(root))
          expect(commentsOf(after)).toBe(commentsOf(before));
      }),
      { numRuns: 1_000 },
    );
  });

  test('that removes a value removes that value and changes no other', () => {
    fc.assert(
      fc.property(object, gaps, path, (root, space, where) => {
        const after = removeAt(written(root, space), where);
        const { problems, value } = parseJsonc('x.json', after);
        expect(problems).toEqual([]);
        expect(value).toEqual(without(root, where));
      }),
      { numRuns: 1_000 },
    );
  });
});

test('any edit of any YAML sets that value and changes no other', () => {
  fc.assert(
    fc.property(object, path, member, (root, where, value) => {
      const before = editYaml('', ['root'], root);
      let expected: unknown;
      try {
        expected = withValue({ root }, ['root', ...where], value);
      } catch {
        expect(() => editYaml(before, ['root', ...where], value)).toThrow(TypeError);
        return;
      }
      const after = editYaml(before, ['root', ...where], value);
      expect(parseYaml('x.yaml', after).value).toEqual(expected);
      expect(parseYaml('x.yaml', editYaml(after, ['root', ...where], undefined)).value).toEqual(
        without(expected, ['root', ...where]),
      );
    }),
    { numRuns: 300 },
  );
});
