import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createAskedScope } from '../../../src/upstream/auth/asked-scope.ts';

const dir = mkdtempSync(join(tmpdir(), 'mcp-hub-asked-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let folders = 0;
const emptyFolder = () => {
  folders += 1;
  return join(dir, String(folders));
};

describe('the scope that a server has asked for', () => {
  test('is kept for each login by itself, in a file that only its owner reads', async () => {
    const folder = emptyFolder();
    const [one, two] = ['one', 'two'].map((key) => createAskedScope(folder, key)) as [
      ReturnType<typeof createAskedScope>,
      ReturnType<typeof createAskedScope>,
    ];
    await Promise.all([one.keep('files:read'), two.keep('files:write mail')]);
    expect([one.read(), two.read()]).toEqual(['files:read', 'files:write mail']);
    expect(statSync(join(folder, 'asked-scopes.json')).mode & 0o777).toBe(0o600);
    await one.keep(undefined);
    expect([one.read(), two.read()]).toEqual([undefined, 'files:write mail']);
  });

  test.each(['', ' ', 'a  b', 'a\nb', 'a"b', '\u001b[2J', 'ä', 'x'.repeat(5000)])('is not %j', async (scope) => {
    const folder = emptyFolder();
    const asked = createAskedScope(folder, 'one');
    await asked.keep(scope);
    expect(asked.read()).toBeUndefined();
  });

  test('is none where the file is no file of the hub', async () => {
    const folder = mkdtempSync(join(dir, 'damaged-'));
    writeFileSync(join(folder, 'asked-scopes.json'), '{"version":1,"scopes":null');
    const asked = createAskedScope(folder, 'one');
    expect(asked.read()).toBeUndefined();
    await asked.keep('a');
    expect(readFileSync(join(folder, 'asked-scopes.json'), 'utf8')).toContain('"one":"a"');
  });
});
