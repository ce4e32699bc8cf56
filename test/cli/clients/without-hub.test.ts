import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Registration } from '../../../src/cli/clients/registration.ts';
import { ownEntries, withoutHub } from '../../../src/cli/clients/without-hub.ts';
import type { ClientDefinition } from '../../../src/config/clients/client.ts';
import { parseClientText } from '../../../src/config/clients/client-document.ts';
import { editClientText } from '../../../src/config/clients/client-edit.ts';
import type { LocatedFile } from '../../../src/config/clients/client-paths.ts';
import { CODEX } from '../../../src/config/clients/codex.ts';
import { CURSOR } from '../../../src/config/clients/cursor.ts';

const locate = (client: ClientDefinition): LocatedFile => {
  const [file] = client.files;
  if (file === undefined) throw new Error(client.id);
  return { client, file, path: `/x/${client.id}`, exists: true };
};

const LAUNCH = { command: '/usr/bin/node', args: ['/opt/mcp-hub/bin/mcp-hub.js', 'serve'], env: {} };

/** A file with the hub registered in it, and what was kept of that. */
const install = async (located: LocatedFile, before: string, moved: readonly string[]): Promise<Registration> => {
  const entries = await ownEntries(located, before);
  const remove = entries.filter(({ name }) => moved.includes(name)).map(({ path }) => path);
  const add = { name: 'hub', entry: located.client.entryOf(LAUNCH) };
  const after = await editClientText(located.path, before, located.file, { remove, add });
  return { client: located.client.id, path: located.path, name: 'hub', moved, before, after };
};

const name = fc.constantFrom('a', 'b', 'c d', 'e.f', 'g');
const server = fc.record({
  command: fc.constantFrom('x', 'y z'),
  args: fc.array(fc.constantFrom('1', '--k', '"q"'), { maxLength: 2 }),
});
const servers = fc.dictionary(name, server, { maxKeys: 4 });
const indent = fc.constantFrom(undefined, 2, '\t');
const file = fc.record({ theme: fc.constantFrom('dark', 'light'), mcpServers: servers, last: fc.boolean() });

const textOf = (value: unknown, unit: number | string | undefined): string => JSON.stringify(value, undefined, unit);

test('what a program has changed since install stays, and only the hub goes, however it writes its file', async () => {
  const located = locate(CURSOR);
  await fc.assert(
    fc.asyncProperty(
      file,
      indent,
      indent,
      fc.subarray(['a', 'b', 'c d', 'e.f', 'g']),
      server,
      async (value, unit, newUnit, picks, extra) => {
        const moved = picks.filter((pick) => Object.hasOwn(value.mcpServers, pick));
        const registration = await install(located, textOf(value, unit), moved);
        const written = JSON.parse(registration.after) as { mcpServers: Record<string, unknown> };
        const changed = { ...written, seen: 7, mcpServers: { extra, ...written.mcpServers } };
        const text = (await withoutHub(located, textOf(changed, newUnit), registration)) ?? '';
        expect(JSON.parse(text)).toEqual({ ...value, seen: 7, mcpServers: { extra, ...value.mcpServers } });
      },
    ),
    { numRuns: 150 },
  );
});

test('with nothing changed since, it is the old text to the byte', async () => {
  const located = locate(CURSOR);
  await fc.assert(
    fc.asyncProperty(file, indent, async (value, unit) => {
      const before = textOf(value, unit);
      const registration = await install(located, before, Object.keys(value.mcpServers));
      expect(await withoutHub(located, registration.after, registration)).toBe(before);
    }),
    { numRuns: 100 },
  );
});

test('a comment that was written beside the hub stays', async () => {
  const located = locate(CURSOR);
  const registration = await install(located, '{\n  "mcpServers": {\n    "a": { "command": "x" } // one\n  }\n}\n', [
    'a',
  ]);
  const edited = registration.after.replace('  }\n}', '  } // mine\n}');
  expect(edited).not.toBe(registration.after);
  const text = (await withoutHub(located, edited, registration)) ?? '';
  expect(text).toContain('// mine');
  expect((await parseClientText('x', text, 'json')).value).toEqual({ mcpServers: { a: { command: 'x' } } });
});

test('in TOML the tables that went come back, beside what was added', async () => {
  const located = locate(CODEX);
  const before = '# mine\n[mcp_servers.a]\ncommand = "x" # why\n\n[tui]\nbell = true\n';
  const registration = await install(located, before, ['a']);
  const edited = `${registration.after}\n[mcp_servers.new]\ncommand = "n"\n`;
  const text = (await withoutHub(located, edited, registration)) ?? '';
  expect(text).not.toContain('mcp-hub');
  expect(text.startsWith('# mine\n')).toBe(true);
  expect((await parseClientText('x', text, 'toml')).value).toEqual({
    mcp_servers: { a: { command: 'x' }, new: { command: 'n' } },
    tui: { bell: true },
  });
});

test('a hub that was registered otherwise goes too, and no other server', async () => {
  const located = locate(CURSOR);
  const text = textOf({ mcpServers: { mine: { command: 'mcp-hub', args: ['serve'] }, hub: { command: 'other' } } }, 2);
  const result = await withoutHub(located, text, undefined);
  expect(JSON.parse(result ?? '')).toEqual({ mcpServers: { hub: { command: 'other' } } });
  expect(await withoutHub(located, '{}', undefined)).toBe('{}');
});
