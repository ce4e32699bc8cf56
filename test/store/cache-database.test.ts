import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type CacheDatabase, openCacheDatabase } from '../../src/store/cache-database.ts';
import { CACHE_SCHEMA_VERSION } from '../../src/store/cache-schema.ts';
import { temporaryDirectory } from './support/log-bench.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/write-cache.ts', import.meta.url));
const DAY_MS = 24 * 60 * 60 * 1000;

const fileIn = (stateDir: string): string => join(stateDir, 'cache.db');

const putVerdict = (cache: CacheDatabase, key: string): Promise<boolean> =>
  cache.write((database) => {
    database.prepare("INSERT INTO eras VALUES (?, 'up', 'legacy', ?)").run(key, Date.now());
  });

const verdictsIn = (cache: CacheDatabase): readonly string[] | undefined =>
  cache.read((database) =>
    database.prepare<[], string>('SELECT config_hash FROM eras ORDER BY config_hash').pluck().all(),
  );

const setVersion = (stateDir: string, version: number): void => {
  const database = new Database(fileIn(stateDir));
  database.pragma(`user_version = ${version}`);
  database.close();
};

/** The names of all files with their bytes. */
const contentsOf = (directory: string): Record<string, string> =>
  Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'base64')]));

test('reading where there is nothing makes nothing', async () => {
  const stateDir = join(temporaryDirectory(), 'state');
  const cache = await openCacheDatabase(stateDir);
  expect(verdictsIn(cache)).toBeUndefined();
  expect(existsSync(stateDir)).toBe(false);
});

test('what is written is read, by this process and by the next, and only its owner can', async () => {
  const stateDir = join(temporaryDirectory(), 'state');
  const cache = await openCacheDatabase(stateDir);
  expect(await putVerdict(cache, 'one')).toBe(true);
  expect(verdictsIn(cache)).toEqual(['one']);
  expect(verdictsIn(await openCacheDatabase(stateDir))).toEqual(['one']);
  expect(readdirSync(stateDir)).toEqual(['cache.db']);
  if (process.platform === 'win32') return;
  expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  expect(statSync(fileIn(stateDir)).mode & 0o777).toBe(0o600);
});

test('who only reads leaves the directory as it was', async () => {
  const stateDir = temporaryDirectory();
  await putVerdict(await openCacheDatabase(stateDir), 'one');
  const before = contentsOf(stateDir);
  expect(verdictsIn(await openCacheDatabase(stateDir))).toEqual(['one']);
  expect(contentsOf(stateDir)).toEqual(before);
});

test('a change that fails changes nothing', async () => {
  const cache = await openCacheDatabase(temporaryDirectory());
  await putVerdict(cache, 'one');
  const isWritten = await cache.write((database) => {
    database.prepare('DELETE FROM eras').run();
    throw new Error('on purpose');
  });
  expect(isWritten).toBe(false);
  expect(verdictsIn(cache)).toEqual(['one']);
});

test.each([
  ['that is no database', (file: string) => writeFileSync(file, 'no database '.repeat(1000))],
  [
    'with a damaged page',
    (file: string) => {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xff, 100, 4096));
    },
  ],
  [
    'that another program has made',
    (file: string) => {
      rmSync(file);
      new Database(file).exec('CREATE TABLE other (x)').close();
    },
  ],
])('a file %s is read as nothing, and made again by the next write', async (_, damage) => {
  const stateDir = temporaryDirectory();
  await putVerdict(await openCacheDatabase(stateDir), 'before');
  damage(fileIn(stateDir));
  const cache = await openCacheDatabase(stateDir);
  expect(verdictsIn(cache)).toBeUndefined();
  expect(await putVerdict(cache, 'after')).toBe(true);
  expect(verdictsIn(cache)).toEqual(['after']);
  expect(readdirSync(stateDir)).toEqual(['cache.db']);
});

test('one of an older schema is made again', async () => {
  const stateDir = temporaryDirectory();
  const cache = await openCacheDatabase(stateDir);
  await putVerdict(cache, 'before');
  setVersion(stateDir, CACHE_SCHEMA_VERSION - 1);
  expect(verdictsIn(cache)).toBeUndefined();
  expect(await putVerdict(cache, 'after')).toBe(true);
  expect(verdictsIn(cache)).toEqual(['after']);
});

test('one of a newer schema is neither read nor written', async () => {
  const stateDir = temporaryDirectory();
  const cache = await openCacheDatabase(stateDir);
  await putVerdict(cache, 'before');
  setVersion(stateDir, CACHE_SCHEMA_VERSION + 1);
  const before = contentsOf(stateDir);
  expect(verdictsIn(cache)).toBeUndefined();
  expect(await putVerdict(cache, 'after')).toBe(false);
  expect(contentsOf(stateDir)).toEqual(before);
});

test('one that is deleted while it is used is made again', async () => {
  const stateDir = temporaryDirectory();
  const cache = await openCacheDatabase(stateDir);
  await putVerdict(cache, 'before');
  rmSync(stateDir, { recursive: true });
  expect(verdictsIn(cache)).toBeUndefined();
  expect(await putVerdict(cache, 'after')).toBe(true);
  expect(verdictsIn(cache)).toEqual(['after']);
});

/** The tests run as root too, whom permissions do not stop: a file in the wrong place stops everybody. */
test('a place that cannot be written is not written, without a word', async () => {
  const parent = join(temporaryDirectory(), 'not-a-directory');
  writeFileSync(parent, '');
  const cache = await openCacheDatabase(join(parent, 'state'));
  expect(await putVerdict(cache, 'one')).toBe(false);
  expect(verdictsIn(cache)).toBeUndefined();
});

test('a directory under its name is left as it is', async () => {
  const stateDir = temporaryDirectory();
  mkdirSync(fileIn(stateDir));
  const cache = await openCacheDatabase(stateDir);
  expect(await putVerdict(cache, 'one')).toBe(false);
  expect(verdictsIn(cache)).toBeUndefined();
  expect(statSync(fileIn(stateDir)).isDirectory()).toBe(true);
});

test('a write waits for another that is under way, and this process goes on', async () => {
  const stateDir = temporaryDirectory();
  const cache = await openCacheDatabase(stateDir);
  await putVerdict(cache, 'one');
  const other = new Database(fileIn(stateDir));
  other.exec('BEGIN IMMEDIATE');
  const writing = putVerdict(cache, 'two');
  await new Promise(setImmediate);
  other.exec('COMMIT');
  other.close();
  expect(await writing).toBe(true);
  expect(verdictsIn(cache)).toEqual(['one', 'two']);
});

test('hubs that write at the same time all get to', async () => {
  const stateDir = join(temporaryDirectory(), 'state');
  const names = ['a', 'b', 'c', 'd'];
  const ends = names.map(async (name) => {
    const hub = spawn(process.execPath, [FIXTURE, stateDir, name, '25'], { stdio: 'inherit' });
    const [code] = await once(hub, 'close');
    return code;
  });
  expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
  const cache = await openCacheDatabase(stateDir);
  const count = cache.read((database) => database.prepare<[], number>('SELECT count(*) FROM eras').pluck().get());
  expect(count).toBe(100);
});

test('the oldest of too many verdicts go', async () => {
  const cache = await openCacheDatabase(temporaryDirectory());
  const now = Date.now();
  await cache.write((database) => {
    const insert = database.prepare("INSERT INTO eras VALUES (?, 'up', 'legacy', ?)");
    for (let index = 1; index <= 1_006; index += 1) insert.run(`key-${String(index).padStart(4, '0')}`, now + index);
  });
  const keys = verdictsIn(cache) ?? [];
  expect([keys.length, keys[0], keys.at(-1)]).toEqual([1_000, 'key-0007', 'key-1006']);
});

test('what has not been confirmed for thirty days goes', async () => {
  const cache = await openCacheDatabase(temporaryDirectory());
  await cache.write((database) => {
    const insert = database.prepare("INSERT INTO catalogs VALUES (?, '{}', 'up', ?, ?, '{}', x'', x'', x'', x'')");
    for (const days of [1, 29, 31]) insert.run(`${days} days`, 0, Date.now() - days * DAY_MS);
  });
  const rows = cache.read((database) =>
    database.prepare<[], string>('SELECT config_hash FROM catalogs ORDER BY config_hash').pluck().all(),
  );
  expect(rows).toEqual(['1 days', '29 days']);
});
