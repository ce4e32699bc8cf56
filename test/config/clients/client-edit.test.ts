import { describe, expect, test } from 'vitest';
import type { ClientFile, ClientFormat } from '../../../src/config/clients/client.ts';
import { clientEntries } from '../../../src/config/clients/client-document.ts';
import { editClientText } from '../../../src/config/clients/client-edit.ts';

const file = (format: ClientFormat, key = 'mcpServers'): ClientFile => ({
  scope: 'user',
  paths: [],
  format,
  servers: [[key]],
});
const ADD = { name: 'hub', entry: { command: 'node', args: ['hub.js', 'serve'] } };

const yaml = (text: string) => editClientText('c.yaml', text, file('yaml'), { remove: [], add: ADD });

describe('a server in a list of YAML', () => {
  const ITEM = '- name: hub\n    command: node\n    args:\n      - hub.js\n      - serve\n';

  test.each([
    ['', `mcpServers:\n  ${ITEM}`],
    ['name: x # me\n', `name: x # me\nmcpServers:\n  ${ITEM}`],
    ['mcpServers: # none yet\nname: x\n', `mcpServers: # none yet\n  ${ITEM}name: x\n`],
    ['mcpServers: []\nname: x\n', `mcpServers:\n  ${ITEM}name: x\n`],
    [
      'mcpServers:\n  - name: a # one\n    url: x\n\nrules: []\n',
      `mcpServers:\n  - name: a # one\n    url: x\n  ${ITEM}\nrules: []\n`,
    ],
  ])('is added to %j and all else stays', async (before, after) => {
    await expect(yaml(before)).resolves.toBe(after);
  });

  test('is added to a list that is written in brackets', async () => {
    await expect(yaml('mcpServers: [{ name: a, url: x }] # flow\n')).resolves.toContain('name: hub');
  });

  test('is taken out by its lines', async () => {
    const text = 'mcpServers:\n  - name: a\n    url: x # why\n  # about b\n  - name: b\n    url: y\n\nrules: []\n';
    const edit = (index: number) => editClientText('c.yaml', text, file('yaml'), { remove: [['mcpServers', index]] });
    await expect(edit(1)).resolves.toBe('mcpServers:\n  - name: a\n    url: x # why\n  # about b\n\nrules: []\n');
    await expect(edit(0)).resolves.toBe('mcpServers:\n  - name: b\n    url: y\n\nrules: []\n');
  });
});

describe('a file that cannot be edited', () => {
  test('for a syntax error names the place', async () => {
    const edit = editClientText('/c/mcp.json', '{\n  "mcpServers": {,}\n}', file('json'), { remove: [], add: ADD });
    await expect(edit).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('/c/mcp.json:2:'),
    });
  });

  test.each([
    ['json', '{ "mcpServers": [] }'],
    ['json', '{ "mcpServers": 7 }'],
    ['toml', 'mcpServers = 7\n'],
    ['toml', '[[mcpServers]]\na = 1\n'],
    ['yaml', 'mcpServers: yes\n'],
    ['json', '[1]'],
  ] as const)('as its servers are no table is refused: %s %j', async (format, text) => {
    const edit = editClientText('c', text, file(format), { remove: [], add: ADD });
    await expect(edit).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

test('servers of projects are found with the folder that they belong to', () => {
  const root = { projects: { '/a': { mcpServers: { x: { command: 'x' } } }, '/b': { mcpServers: {} } } };
  const entries = clientEntries(root, [['mcpServers'], ['projects', '*', 'mcpServers']]);
  expect(entries).toMatchObject([{ name: 'x', project: '/a', path: ['projects', '/a', 'mcpServers', 'x'] }]);
});
