import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withFileLock } from '../../src/vault/file-lock.ts';
import { openVault, type Vault } from '../../src/vault/vault.ts';

const ENV = { MCP_HUB_KEYCHAIN: 'off' };
const VAULT = new URL('../../src/vault/vault.ts', import.meta.url).href;
let dir: string;
let vault: Vault;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcp-hub-vault-'));
  vault = openVault(join(dir, 'state'), ENV);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = (name: string): string => join(dir, 'state', name);
const textOf = (name: string): string => readFileSync(file(name), 'utf8');

describe('the vault', () => {
  test('nothing is made before the first write', async () => {
    expect(await vault.read('secret:a')).toBeUndefined();
    expect(vault.list('secret:')).toEqual([]);
    expect(await vault.remove('secret:a')).toBe(false);
    expect(vault.stamp()).toBeUndefined();
    expect(existsSync(join(dir, 'state'))).toBe(false);
  });

  test('what was written is read by another that opens the same directory', async () => {
    await vault.write('secret:a', 'CANARY-1\nä', { updatedAt: 'now' });
    const other = openVault(join(dir, 'state'), ENV);
    expect(await other.read('secret:a')).toBe('CANARY-1\nä');
    expect(other.list('secret:')).toEqual([{ name: 'secret:a', facts: { updatedAt: 'now' } }]);
    expect(other.list('login:')).toEqual([]);
    expect(other.keyPlace()).toBe('file');
  });

  test('no file holds a value in clear, and only the owner can read them', async () => {
    await vault.write('secret:a', 'CANARY-1', {});
    for (const name of ['secrets.json', 'secrets.key']) {
      expect(textOf(name)).not.toContain('CANARY');
      expect(statSync(file(name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(join(dir, 'state')).mode & 0o777).toBe(0o700);
  });

  test('a removed value is gone', async () => {
    await vault.write('secret:a', 'one', {});
    await vault.write('secret:b', 'two', {});
    expect(await vault.remove('secret:a')).toBe(true);
    expect(await vault.read('secret:a')).toBeUndefined();
    expect(await vault.read('secret:b')).toBe('two');
  });

  test('a value that was changed, moved to another name or given other facts is not opened', async () => {
    await vault.write('secret:a', 'one', { scope: 'x' });
    const before = JSON.parse(textOf('secrets.json'));
    const entry = before.entries['secret:a'];
    for (const entries of [
      { 'secret:a': { ...entry, sealed: { ...entry.sealed, data: 'AAAA' } } },
      { 'secret:a': { ...entry, facts: { scope: 'y' } } },
    ]) {
      writeFileSync(file('secrets.json'), JSON.stringify({ ...before, entries }));
      await expect(vault.read('secret:a')).rejects.toThrow('cannot be opened: it was changed');
    }
    writeFileSync(file('secrets.json'), JSON.stringify({ ...before, entries: { 'secret:b': entry } }));
    await expect(vault.read('secret:b')).rejects.toThrow('cannot be opened: it was changed');
  });

  test('without its key nothing is opened, and nothing is written over what is there', async () => {
    await vault.write('secret:a', 'one', {});
    rmSync(file('secrets.key'));
    const other = openVault(join(dir, 'state'), ENV);
    const before = textOf('secrets.json');
    await expect(other.read('secret:a')).rejects.toThrow(/cannot be opened: .*secrets.key has not its key/);
    await expect(other.write('secret:b', 'two', {})).rejects.toThrow('cannot be opened');
    expect(textOf('secrets.json')).toBe(before);
  });

  test('a key that others could read is closed to them', async () => {
    await vault.write('secret:a', 'one', {});
    const { chmodSync } = await import('node:fs');
    chmodSync(file('secrets.key'), 0o644);
    expect(await openVault(join(dir, 'state'), ENV).read('secret:a')).toBe('one');
    expect(statSync(file('secrets.key')).mode & 0o777).toBe(0o600);
  });

  test('a key that the keychain holds is not looked for elsewhere', async () => {
    await vault.write('secret:a', 'one', {});
    writeFileSync(file('secrets.json'), textOf('secrets.json').replace('"keyPlace": "file"', '"keyPlace": "keychain"'));
    await expect(openVault(join(dir, 'state'), ENV).read('secret:a')).rejects.toThrow('MCP_HUB_KEYCHAIN is off');
  });

  test('a file that is not the hub’s is told, and not written over', async () => {
    await vault.write('secret:a', 'one', {});
    for (const text of ['{', '[]', '{"version":2,"entries":{}}']) {
      writeFileSync(file('secrets.json'), text);
      await expect(vault.read('secret:a')).rejects.toThrow('cannot be read');
      await expect(vault.write('secret:a', 'x', {})).rejects.toThrow('cannot be read');
      expect(textOf('secrets.json')).toBe(text);
    }
  });

  test('names of the language’s own objects are names like others', async () => {
    expect(await vault.read('constructor')).toBeUndefined();
    await vault.write('constructor', 'one', {});
    expect(await vault.read('constructor')).toBe('one');
  });

  test('several processes that write at once lose nothing', async () => {
    const program = `
      const { openVault } = await import(${JSON.stringify(VAULT)});
      const vault = openVault(process.argv[1], { MCP_HUB_KEYCHAIN: 'off' });
      for (const n of [1, 2, 3]) await vault.write('secret:' + process.argv[2] + n, process.argv[2], {});
    `;
    const write = (who: string) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, join(dir, 'state'), who]);
    await Promise.all(['a', 'b', 'c', 'd'].map(write));
    expect(vault.list('secret:')).toHaveLength(12);
    expect(await vault.read('secret:d3')).toBe('d');
  });
});

describe('a lock', () => {
  const lock = (): string => join(dir, 'work.lock');

  test('only one works at a time, and the file is gone afterwards', async () => {
    const order: string[] = [];
    const work = (name: string) =>
      withFileLock(lock(), async () => {
        order.push(`${name} begins`);
        await new Promise(setImmediate);
        order.push(`${name} ends`);
      });
    await Promise.all([work('a'), work('b')]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(existsSync(lock())).toBe(false);
  });

  test('the lock of a process that has ended is free', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-p', 'process.pid']);
    writeFileSync(lock(), `${stdout.trim()} x`);
    expect(await withFileLock(lock(), async () => 'done')).toBe('done');
  });

  test('a lock that was not touched for long is free, whoever has its process id now', async () => {
    writeFileSync(lock(), `${process.pid} x`);
    const { utimesSync } = await import('node:fs');
    utimesSync(lock(), 0, 0);
    expect(await withFileLock(lock(), async () => 'done')).toBe('done');
  });

  test('a lock that is held for too long is told with its holder', async () => {
    writeFileSync(lock(), `${process.pid} x`);
    await expect(withFileLock(lock(), async () => 'done', { waitMs: 50 })).rejects.toThrow(
      `is held by process ${process.pid} for too long`,
    );
    expect(readFileSync(lock(), 'utf8')).toBe(`${process.pid} x`);
  });

  test('work that fails gives the lock back', async () => {
    await expect(withFileLock(lock(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(lock())).toBe(false);
  });
});
