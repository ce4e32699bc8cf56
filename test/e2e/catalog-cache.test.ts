import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { initialize, talker } from './support/conversation.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { fixture } from './support/paths.ts';
import { eventually } from './support/processes.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';

const homes: TempHome[] = [];
afterEach(() => {
  for (const home of homes.splice(0)) home.remove();
});

/** A home with a server that the test tells what to do. */
const createBench = (hub: Readonly<Record<string, unknown>> = {}, names: readonly string[] = ['told']) => {
  const home = createTempHome();
  homes.push(home);
  const folderOf = (name: string): string => home.file(name);
  const entries = names.map((name) => {
    mkdirSync(folderOf(name));
    return [name, { command: process.execPath, args: [fixture('told.mjs'), folderOf(name)] }] as const;
  });
  const offer = (tools: readonly string[], name = 'told'): void =>
    writeFileSync(join(folderOf(name), 'tools.json'), JSON.stringify(tools));
  for (const name of names) offer(['one'], name);
  return {
    home,
    offer,
    hold: (name = 'told') => writeFileSync(join(folderOf(name), 'hold'), ''),
    letGo: (name = 'told') => rmSync(join(folderOf(name), 'hold')),
    starts: (name = 'told'): number => {
      const file = join(folderOf(name), 'starts');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
    },
    start: (args: readonly string[] = []): Promise<HubProcess> =>
      startHub({ config: { mcpServers: Object.fromEntries(entries), hub }, home, args }),
  };
};

/** Starts a hub that gets to know all there is. */
const learn = async ({ start }: ReturnType<typeof createBench>): Promise<void> => {
  const hub = await start();
  await initialize(hub);
  await talker(hub, 'legacy').names('tools');
  await hub.stop();
};

const contentsOf = (directory: string): Record<string, string> =>
  existsSync(directory)
    ? Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'base64')]))
    : {};

const changes = (hub: HubProcess): number =>
  hub.messages.filter(({ message }) => message.method === 'notifications/tools/list_changed').length;

describe('the second start', () => {
  test('answers initialize and every list while its server is not even running', async () => {
    const bench = createBench();
    await learn(bench);
    bench.hold();
    await using hub = await bench.start();
    const { message } = await initialize(hub);
    expect(message.result).toMatchObject({
      capabilities: { tools: { listChanged: true } },
      instructions: '# told\n\nAsk me.',
    });
    expect(message.result?.['capabilities']).not.toHaveProperty('prompts');
    const client = talker(hub, 'legacy');
    expect(await client.names('tools')).toEqual(['told__one']);
    for (const list of ['prompts', 'resources', 'resourceTemplates'] as const)
      expect(await client.names(list)).toEqual([]);
    expect(bench.starts()).toBe(1);
    bench.letGo();
  });

  test('lists with and without the log, and in both eras', async () => {
    const bench = createBench();
    const first = await bench.start(['--no-log']);
    expect(await talker(first, 'modern').names('tools')).toEqual(['told__one']);
    await first.stop();
    expect(readdirSync(bench.home.stateDir)).toEqual(['cache.db']);
    await using hub = await bench.start(['--no-log']);
    expect(await talker(hub, 'modern').names('tools')).toEqual(['told__one']);
    expect(bench.starts()).toBe(1);
  });

  test('tells once of what has changed when a call has started the server', async () => {
    const bench = createBench();
    await learn(bench);
    bench.offer(['one', 'two', 'three']);
    await using hub = await bench.start();
    await initialize(hub);
    const client = talker(hub, 'legacy');
    expect(await client.names('tools')).toEqual(['told__one']);
    expect(await client.callText('told__one')).toBe('did one');
    await hub.nextMessage(({ method }) => method === 'notifications/tools/list_changed');
    expect(await client.names('tools')).toEqual(['told__one', 'told__two', 'told__three']);
    await client.callText('told__two');
    expect(changes(hub)).toBe(1);
  });

  test('finds a tool that is new since the last one at the first call', async () => {
    const bench = createBench();
    await learn(bench);
    bench.offer(['two']);
    await using hub = await bench.start();
    await initialize(hub);
    expect(await talker(hub, 'legacy').callText('told__two')).toBe('did two');
  });

  test('of a server whose configuration has changed knows nothing of it', async () => {
    const bench = createBench();
    await learn(bench);
    bench.offer(['two']);
    const entry = { command: process.execPath, args: [fixture('told.mjs'), bench.home.file('told')] };
    const config = { mcpServers: { told: { ...entry, env: { TOKEN: 'another' } } } };
    await using hub = await startHub({ config, home: bench.home });
    await initialize(hub);
    expect(await talker(hub, 'legacy').names('tools')).toEqual(['told__two']);
  });

  test('gives a plain name to the first of two servers from the first moment', async () => {
    const servers = { a: { prefix: '' }, b: { prefix: '' } };
    const bench = createBench({ servers }, ['a', 'b']);
    await learn(bench);
    bench.hold('a');
    await using hub = await bench.start();
    await initialize(hub);
    const [first, second] = await talker(hub, 'legacy').names('tools');
    expect([first, second?.startsWith('one_')]).toEqual(['one', true]);
    expect(bench.starts('a')).toBe(1);
    bench.letGo('a');
  });
});

describe('a hub that is started, opened and killed at once', () => {
  test.each([false, true])(
    'starts no server and leaves nothing behind, where something is known: %s',
    async (isKnown) => {
      const bench = createBench();
      if (isKnown) await learn(bench);
      const before = contentsOf(bench.home.stateDir);
      const starts = bench.starts();
      const hub = await bench.start();
      await initialize(hub);
      hub.kill('SIGKILL');
      await hub.exited;
      expect(bench.starts()).toBe(starts);
      expect(contentsOf(bench.home.stateDir)).toEqual(before);
    },
  );
});

describe('hub.cache.refresh', () => {
  test('"eager" starts all servers after the first list, and tells of what has changed', async () => {
    const bench = createBench({ cache: { refresh: 'eager' } });
    await learn(bench);
    bench.offer(['two']);
    await using hub = await bench.start();
    await initialize(hub);
    expect(await talker(hub, 'legacy').names('tools')).toEqual(['told__one']);
    await hub.nextMessage(({ method }) => method === 'notifications/tools/list_changed');
    expect(await talker(hub, 'legacy').names('tools')).toEqual(['told__two']);
  });

  test('"off" reads no known list again because its server is started, and reads it when a call shows that it is wrong', async () => {
    const bench = createBench({ cache: { refresh: 'off' } });
    await learn(bench);
    bench.offer(['one', 'two']);
    await using hub = await bench.start();
    await initialize(hub);
    const client = talker(hub, 'legacy');
    expect(await client.callText('told__one')).toBe('did one');
    expect(await client.names('tools')).toEqual(['told__one']);
    bench.offer(['two']);
    expect((await client.call('told__one')).message.error?.code).toBe(-32602);
    await hub.nextMessage(({ method }) => method === 'notifications/tools/list_changed');
    expect(await client.names('tools')).toEqual(['told__two']);
  });
});

describe('a cache that cannot be used', () => {
  test('costs nothing but time: it is made again', async () => {
    const bench = createBench();
    await learn(bench);
    writeFileSync(join(bench.home.stateDir, 'cache.db'), 'no database '.repeat(1000));
    await learn(bench);
    expect(bench.starts()).toBe(2);
    await learn(bench);
    expect(bench.starts()).toBe(2);
  });

  test('may be deleted while the hub runs', async () => {
    const bench = createBench();
    const hub = await bench.start();
    await initialize(hub);
    const client = talker(hub, 'legacy');
    await client.names('tools');
    await eventually('the cache', () => existsSync(join(bench.home.stateDir, 'cache.db')));
    rmSync(join(bench.home.stateDir, 'cache.db'));
    expect(await client.callText('told__one')).toBe('did one');
    await hub.stop();
  });
});

describe('mcp-hub cache clear', () => {
  test('has a server asked anew by the next hub, all or one by name', async () => {
    const bench = createBench({}, ['told', 'other']);
    await learn(bench);
    const options = { home: bench.home };
    const config = ['--config', bench.home.file('mcp-hub.config.json')];
    const one = await runCommand(['cache', 'clear', 'other', '--json', ...config], options);
    expect([one.code, JSON.parse(one.stdout)]).toEqual([0, { schemaVersion: 1, cleared: ['other'] }]);
    await learn(bench);
    expect([bench.starts('told'), bench.starts('other')]).toEqual([1, 2]);
    const all = await runCommand(['cache', 'clear', ...config], options);
    expect([all.code, all.stdout]).toEqual([0, 'forgot what other, told offer; the next hub asks them anew\n']);
    const again = await runCommand(['cache', 'clear', ...config], options);
    expect([again.code, again.stdout]).toEqual([0, 'nothing is kept\n']);
  });

  test('suggests the name that was meant', async () => {
    const bench = createBench();
    await learn(bench);
    const config = ['--config', bench.home.file('mcp-hub.config.json')];
    const { code, stderr } = await runCommand(['cache', 'clear', 'tolt', ...config], { home: bench.home });
    expect([code, stderr]).toEqual([4, expect.stringContaining('did you mean "told"?')]);
  });

  test('names all servers that are configured alike, whichever of them is asked for', async () => {
    const bench = createBench();
    const entry = { command: process.execPath, args: [fixture('told.mjs'), bench.home.file('told')] };
    const config = { mcpServers: { one: entry, two: entry, three: { ...entry, env: { NAME: 'three' } } } };
    const learnAll = async (): Promise<void> => {
      const hub = await startHub({ config, home: bench.home });
      await initialize(hub);
      await talker(hub, 'legacy').names('tools');
      await hub.stop();
    };
    await learnAll();
    const clear = async (name: string) => {
      const args = ['cache', 'clear', name, '--config', bench.home.file('mcp-hub.config.json')];
      const { code, stdout, stderr } = await runCommand(args, { home: bench.home });
      return [code, stdout + stderr];
    };
    for (const name of ['one', 'two']) {
      expect(await clear(name)).toEqual([0, 'forgot what one, two offer; the next hub asks them anew\n']);
      expect(await clear(name)).toEqual([0, `nothing is kept of ${name}\n`]);
      await learnAll();
    }
    expect(await clear('four')).toEqual([4, expect.stringContaining('configured servers: one, two, three')]);
  });

  test('finds a server that is not configured any more by the name that it had', async () => {
    const bench = createBench({}, ['told', 'other']);
    await learn(bench);
    const elsewhere = { home: bench.home, cwd: bench.home.file('told') };
    const unknown = await runCommand(['cache', 'clear', 'github'], elsewhere);
    expect([unknown.code, unknown.stderr]).toEqual([
      4,
      expect.stringContaining('not configured any more: other, told'),
    ]);
    const known = await runCommand(['cache', 'clear', 'other'], elsewhere);
    expect([known.code, known.stdout]).toEqual([0, 'forgot what other offers; the next hub asks it anew\n']);
  });

  test('forgets all where the configuration cannot be read, and says what is wrong where a name is given', async () => {
    const bench = createBench();
    await learn(bench);
    const file = bench.home.file('broken.json');
    writeFileSync(file, '{');
    const one = await runCommand(['cache', 'clear', 'told', '--config', file], { home: bench.home });
    expect([one.code, one.stderr]).toEqual([3, expect.stringContaining('broken.json')]);
    const all = await runCommand(['cache', 'clear', '--config', file], { home: bench.home });
    expect([all.code, all.stdout]).toEqual([0, 'forgot what told offers; the next hub asks it anew\n']);
  });

  test('is what ends the age that list shows', async () => {
    const bench = createBench();
    await learn(bench);
    const list = async (): Promise<{ servers: Array<{ cachedAt?: string }> }> => {
      const args = ['list', '--json', '--config', bench.home.file('mcp-hub.config.json')];
      return JSON.parse((await runCommand(args, { home: bench.home })).stdout) as never;
    };
    const { servers } = await list();
    expect(Date.parse(servers[0]?.cachedAt ?? '')).toBeLessThanOrEqual(Date.now());
    await runCommand(['cache', 'clear', '--config', bench.home.file('mcp-hub.config.json')], { home: bench.home });
    expect((await list()).servers[0]).not.toHaveProperty('cachedAt');
  });
});
