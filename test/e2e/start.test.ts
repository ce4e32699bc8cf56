import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Packages that no start needs. That of JSON with comments is part of the entry. */
const NEEDED_LATER = [
  ...['commander', 'zod', 'execa', 'yaml', 'cosmiconfig', 'eventsource-parser'],
  ...['@modelcontextprotocol/client', '@modelcontextprotocol/core', 'ink', 'react', 'better-sqlite3'],
];

/** Which packages each file of dist/ holds; the build writes it. */
const PACKAGES = JSON.parse(readFileSync(join(ROOT, 'dist/.packages.json'), 'utf8')) as Readonly<
  Record<string, readonly string[]>
>;

/** Files that only pass on what the entry holds are shorter. */
const MAX_PASSING_BYTES = 1024;

/** Told at the end of the answer: each file that was loaded, and each module of Node's own that came after this one. */
const WATCH = `
import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
const files = [];
const before = new Set(process.moduleLoadList);
registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
const write = Socket.prototype._writeGeneric;
Socket.prototype._writeGeneric = function (...args) {
  if (this._handle?.fd === 1 && files.length > 0) {
    const builtins = process.moduleLoadList.filter((name) => !before.has(name));
    writeSync(2, 'LOADED ' + JSON.stringify({ files: files.splice(0), builtins }) + '\\n');
  }
  return write.apply(this, args);
};
`;

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
};

interface Loaded {
  readonly files: readonly string[];
  readonly builtins: readonly string[];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-hub-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a hub with this configuration has loaded when it answers `initialize`. */
const loadedAtStart = async (config: unknown): Promise<Loaded> => {
  const watch = join(folder, 'watch.mjs');
  const configFile = join(folder, 'config.json');
  writeFileSync(watch, WATCH);
  writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  const args = ['--import', watch, join(ROOT, 'bin/mcp-hub.js'), 'serve', '--config', configFile];
  const env = { ...process.env, HOME: folder, MCP_HUB_STATE_DIR: join(folder, 'state') };
  const hub = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stderr = '';
  hub.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  hub.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
  await once(hub.stdout, 'data');
  hub.stdin.end();
  await once(hub, 'close');
  const line = stderr.split('\n').find((each) => each.startsWith('LOADED '));
  if (line === undefined) throw new Error(`nothing was told: ${stderr}`);
  return JSON.parse(line.slice('LOADED '.length)) as Loaded;
};

const namesOf = ({ files }: Loaded): readonly string[] =>
  files.filter((url) => url.includes('/dist/')).map((url) => url.slice(url.lastIndexOf('/') + 1));

/** From the bundle, or installed beside it. */
const packagesIn = (loaded: Loaded): readonly string[] => [
  ...namesOf(loaded).flatMap((name) => PACKAGES[name] ?? []),
  ...loaded.files.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []),
];

const neededLater = (loaded: Loaded): readonly string[] =>
  packagesIn(loaded).filter((name) => NEEDED_LATER.includes(name));

const SERVER = { command: 'node', args: ['server.js'], env: { TOKEN: 'x' } };

describe('a hub that answers initialize', () => {
  test('could have loaded packages that it does not need: they are in the build', () => {
    const built = new Set(Object.values(PACKAGES).flat());
    expect([...built]).toEqual(expect.arrayContaining(['zod', 'execa', 'yaml', 'cosmiconfig', 'commander']));
    expect(built).toContain('@modelcontextprotocol/client');
  });

  test('has loaded the entry alone, and none of the packages that are needed later', async () => {
    const hub = { log: { keepDays: 3 }, servers: { a: { tools: { include: ['x_*'] } } }, surprise: true };
    const loaded = await loadedAtStart({ mcpServers: { a: SERVER, b: { url: 'https://localhost/mcp' } }, hub });
    const sizes = namesOf(loaded).map((name) => [name, statSync(join(ROOT, 'dist', name)).size] as const);
    expect(sizes.filter(([, size]) => size > MAX_PASSING_BYTES).map(([name]) => name)).toEqual(['main.js']);
    expect(sizes.length).toBeLessThan(5);
    expect(neededLater(loaded)).toEqual([]);
    const heavy = /^NativeModule (?:http|http2|https|tls|child_process|worker_threads|internal\/deps\/undici\/undici)$/;
    expect(loaded.builtins.filter((name) => heavy.test(name))).toEqual([]);
  });

  test('has loaded zod where something in the configuration is wrong, to explain it', async () => {
    const loaded = await loadedAtStart({ mcpServers: { a: SERVER }, hub: { log: { keepDays: 'many' } } });
    expect(neededLater(loaded)).toEqual(['zod']);
  });
});
