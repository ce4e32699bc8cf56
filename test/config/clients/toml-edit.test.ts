import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseToml } from '../../../src/config/parse-toml.ts';
import { removeToml, setTomlTable } from '../../../src/config/toml-edit.ts';

const value = (text: string) => parseToml('config.toml', text).value as Record<string, Record<string, unknown>>;

const HUB = { command: '/opt/my node/node', args: ['C:\\hub\\mcp-hub.js', 'serve'], env: { 'A.B': '"x"' } };

describe('a table that is set', () => {
  test('goes to the end, and all else stays as it is', () => {
    const text = '# mine\nmodel = "x" # why\n\n[mcp_servers.a]\ncommand = \'y\'\n';
    const set = setTomlTable(text, ['mcp_servers', 'hub'], HUB);
    expect(set.startsWith(text)).toBe(true);
    expect(value(set)).toEqual({ ...value(text), mcp_servers: { a: { command: 'y' }, hub: HUB } });
    expect(removeToml(set, ['mcp_servers', 'hub'])).toBe(text);
  });

  test('goes into an inline table where the servers are in one', () => {
    const text = 'mcp_servers = { a = { command = "y" } } # short\n';
    const set = setTomlTable(text, ['mcp_servers', 'hub'], { command: 'n' });
    expect(set).toBe('mcp_servers = { a = { command = "y" }, hub = { command = "n" } } # short\n');
    expect(removeToml(set, ['mcp_servers', 'hub'])).toBe(text);
  });

  test('is written with the line ends of the file', () => {
    expect(setTomlTable('a = 1\r\n', ['t', 'hub'], { b: 'c' })).toBe('a = 1\r\n\r\n[t.hub]\r\nb = "c"\r\n');
  });
});

test.each([
  ['[s.a]\nx = 1\n\n[s.a.env]\ny = 2 # c\n\n[s.b]\nx = 3\n', '[s.b]\nx = 3\n'],
  ['s.a.x = 1\ns.b.x = 2\ns.a.y = 3\n', 's.b.x = 2\n'],
  ['[s]\na = { x = 1 }\nb = { x = 2 }\n', '[s]\nb = { x = 2 }\n'],
  ['s = { a = { x = 1 }, b = { x = 2 } }\n', 's = { b = { x = 2 } }\n'],
  ['s = { b = { x = 2 }, a = { x = 1 } }\n', 's = { b = { x = 2 } }\n'],
  ['[s."a"]\nx = """\n[s.b]\n"""\n[t]', '[t]'],
])('what is removed from %j leaves %j', (text, left) => {
  expect(removeToml(text, ['s', 'a'])).toBe(left);
});

/** Files with servers in all the ways in which TOML can write them. */
const key = fc.constantFrom('a', 'b', 'c-d', '"e f"', "'g.h'");
const scalar = fc.constantFrom(
  '1',
  '"text # no comment"',
  "'C:\\x'",
  'true',
  '[1, 2,\n  3]',
  '{ k = "v" }',
  '"""\nmany\nlines"""',
  '1979-05-27',
);
const comment = fc.constantFrom('', ' # why', '\t# [mcp_servers.no]');
const pairs = fc
  .uniqueArray(fc.tuple(fc.constantFrom('command', 'args', '"x y"', 'env'), scalar, comment), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 3,
  })
  .map((list) => list.map(([name, text, note]) => `${name} = ${text}${note}\n`).join(''));
const servers = fc.oneof(
  fc
    .uniqueArray(fc.tuple(key, pairs, fc.constantFrom('', '\n', '# above\n')), {
      selector: ([name]) => name,
      maxLength: 4,
    })
    .map((list) => list.map(([name, text, above]) => `${above}[mcp_servers.${name}]\n${text}`).join('')),
  fc
    .uniqueArray(key, { maxLength: 4 })
    .map((names) => `mcp_servers = {${names.map((name) => ` ${name} = { command = "x" }`).join(',')} }\n`),
  fc
    .uniqueArray(key, { maxLength: 4 })
    .map((names) => names.map((name) => `mcp_servers.${name}.command = "x"\n`).join('')),
);
const file = fc
  .tuple(
    fc.constantFrom('', 'model = "x"\n', '# only a comment\n\n'),
    servers,
    fc.constantFrom('', '\n[tui]\nbell = true # ring\n', '\n[[list]]\nn = 1\n'),
    fc.boolean(),
  )
  .map(([head, body, tail, isDos]) => (isDos ? (head + body + tail).replaceAll('\n', '\r\n') : head + body + tail))
  .filter((text) => parseToml('x', text).problems.length === 0);

test('to set a table and to remove it again changes nothing but that, however a file is written', () => {
  fc.assert(
    fc.property(file, (text) => {
      const before = value(text);
      const set = setTomlTable(text, ['mcp_servers', 'hub'], HUB);
      expect(value(set)).toEqual({ ...before, mcp_servers: { ...before['mcp_servers'], hub: HUB } });
      const removed = value(removeToml(set, ['mcp_servers', 'hub']));
      expect({ ...removed, mcp_servers: removed['mcp_servers'] ?? {} }).toEqual({
        ...before,
        mcp_servers: before['mcp_servers'] ?? {},
      });
    }),
    { numRuns: 300 },
  );
});

test('to remove a server leaves all others as they are', () => {
  fc.assert(
    fc.property(file, fc.nat(4), (text, pick) => {
      const before = value(text);
      const names = Object.keys(before['mcp_servers'] ?? {});
      const name = names[pick % Math.max(1, names.length)];
      if (name === undefined) return;
      const after = value(removeToml(text, ['mcp_servers', name]));
      const { [name]: _, ...rest } = before['mcp_servers'] ?? {};
      expect({ ...after, mcp_servers: after['mcp_servers'] ?? {} }).toEqual({ ...before, mcp_servers: rest });
    }),
    { numRuns: 300 },
  );
});

test('a syntax error has its place', () => {
  const { problems } = parseToml('config.toml', 'a = 1\nb = [1,\nc = "x\n');
  expect(problems[0]).toMatchObject({ severity: 'error', place: { file: 'config.toml' } });
  expect(problems[0]?.place?.line).toBeGreaterThan(1);
});
