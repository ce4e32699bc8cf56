import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { initialize, talker } from './support/conversation.ts';
import { pidsIn, readEvilLog } from './support/evil-log.ts';
import { startHub } from './support/hub-process.ts';
import { fixture, HUB_BIN, ROOT } from './support/paths.ts';
import { eventually, isAlive, processesMentioning } from './support/processes.ts';
import { createTempHome } from './support/temp-home.ts';
import type { UpstreamEntry } from './support/upstreams.ts';

const quote = (word: string): string => `'${word}'`;

/** Upstreams that are hard to end, each in its own way. They share the log. */
const stubbornServers = (log: string): Readonly<Record<string, UpstreamEntry>> => {
  const server = (era: string, name: string): string[] => [fixture(`${era}.mjs`), name];
  const entry = (args: string[], evil = ''): UpstreamEntry => ({
    command: process.execPath,
    args,
    env: { EVIL: evil, EVIL_LOG: log },
  });
  const shell = (name: string, evil: string): UpstreamEntry => ({
    command: 'sh',
    args: ['-c', `${[process.execPath, ...server('legacy', name)].map(quote).join(' ')}; true`],
    env: { EVIL: evil, EVIL_LOG: log },
  });
  return {
    plain: entry(server('legacy', 'plain')),
    new: entry(server('modern', 'new'), 'ignore-eof'),
    deaf: entry(server('legacy', 'deaf'), 'ignore-eof,ignore-term'),
    parent: entry(server('legacy', 'parent'), 'grandchild'),
    shell: shell('shell', ''),
    deafShell: shell('deafShell', 'ignore-eof,ignore-term,grandchild'),
    wrapped: entry([fixture('wrapper.mjs'), ...server('legacy', 'wrapped')]),
    deafWrapped: entry(
      [fixture('wrapper.mjs'), ...server('modern', 'deafWrapped')],
      'ignore-eof,ignore-term,grandchild',
    ),
  };
};

const ENDS = {
  'the end of its input': (hub) => hub.endInput(),
  SIGTERM: (hub) => hub.kill('SIGTERM'),
  SIGINT: (hub) => hub.kill('SIGINT'),
  SIGHUP: (hub) => hub.kill('SIGHUP'),
} satisfies Record<string, (hub: { endInput(): void; kill(signal: NodeJS.Signals): void }) => void>;

const expectNoneAlive = async (log: string, dir: string): Promise<void> => {
  const pids = pidsIn(log);
  expect(pids.length).toBeGreaterThanOrEqual(11);
  await eventually('every process to be gone', () => !pids.some(isAlive), 3000).catch(() => {});
  expect(pids.filter(isAlive)).toEqual([]);
  expect(processesMentioning(dir)).toEqual([]);
};

describe.skipIf(process.platform === 'win32')('when the hub ends', () => {
  test.concurrent.each(Object.entries(ENDS))(
    'by %s, no child or grandchild is alive',
    async (_name, end) => {
      const home = createTempHome();
      const log = home.file('evil.ndjson');
      const hub = await startHub({ config: { mcpServers: stubbornServers(log) }, home });
      await initialize(hub);
      const tools = await talker(hub, 'legacy').names('tools');
      for (const name of Object.keys(stubbornServers(log))) expect(tools).toContain(`${name}__echo`);
      end(hub);
      const exit = await hub.exited;
      expect(exit.signal).toBeNull();
      await expectNoneAlive(log, home.dir);
      await hub.stop();
      home.remove();
    },
    30_000,
  );

  test('because its client was killed, no child or grandchild is alive', async () => {
    const home = createTempHome();
    const log = home.file('evil.ndjson');
    const configFile = home.file('config.json');
    writeFileSync(configFile, JSON.stringify({ mcpServers: stubbornServers(log) }));
    const client = spawn(
      process.execPath,
      [`${ROOT}test/fixtures/doomed-client.mjs`, HUB_BIN, 'serve', '--config', configFile],
      { env: home.env, cwd: home.file('work'), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(client.stdout, 'data')) as [Buffer];
    const hubPid = Number(/hub (\d+)/.exec(line.toString())?.[1]);
    expect(isAlive(hubPid)).toBe(true);
    client.kill('SIGKILL');
    await eventually('the hub to end', () => !isAlive(hubPid), 20_000);
    await expectNoneAlive(log, home.dir);
    home.remove();
  }, 40_000);

  test('before its upstreams have started, they are ended too', async () => {
    const home = createTempHome();
    const log = home.file('evil.ndjson');
    const slow = {
      command: process.execPath,
      args: [fixture('legacy.mjs'), 'slow'],
      env: { EVIL: 'slow-init:20000,ignore-eof,ignore-term', EVIL_LOG: log },
    };
    const config = { mcpServers: { slow }, hub: { timeouts: { graceMs: 300 } } };
    const hub = await startHub({ config, home });
    await initialize(hub);
    hub.notify('notifications/initialized');
    hub.sendRaw('{"jsonrpc":"2.0","id":"never","method":"tools/list"}\n');
    await eventually('the start', () => readEvilLog(log).some(({ event }) => event === 'start'));
    hub.endInput();
    await hub.exited;
    expect(pidsIn(log).filter(isAlive)).toEqual([]);
    await hub.stop();
    home.remove();
  }, 30_000);

  test('by a second signal, it ends at once, and its upstreams with it', async () => {
    const home = createTempHome();
    const log = home.file('evil.ndjson');
    const hub = await startHub({ config: { mcpServers: stubbornServers(log) }, home });
    await initialize(hub);
    await talker(hub, 'legacy').names('tools');
    hub.sendRaw(
      '{"jsonrpc":"2.0","id":"s","method":"tools/call","params":{"name":"deaf__slow","arguments":{"ms":30000}}}\n',
    );
    await eventually('the call to arrive', () => readEvilLog(log).some((entry) => entry.raw?.includes('30000')));
    hub.kill('SIGTERM');
    const again = setInterval(() => hub.kill('SIGTERM'), 50);
    const startedAt = performance.now();
    await hub.exited;
    clearInterval(again);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    await expectNoneAlive(log, home.dir);
    await hub.stop().catch(() => {});
    home.remove();
  }, 30_000);

  test('with nothing running, it ends within two seconds with exit code 0', async () => {
    verifies('stdio:shutdown:end-of-input');
    const hub = await startHub({ config: { mcpServers: {} } });
    await hub.request('ping');
    const startedAt = performance.now();
    hub.endInput();
    expect(await hub.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await hub.stop();
  });

  test('while a call is in flight, its answer is delivered first', async () => {
    const home = createTempHome();
    const log = home.file('evil.ndjson');
    const good = { command: process.execPath, args: [fixture('legacy.mjs'), 'good'], env: { EVIL_LOG: log } };
    const hub = await startHub({ config: { mcpServers: { good } }, home });
    await initialize(hub);
    await talker(hub, 'legacy').names('tools');
    const answer = hub.request('tools/call', { name: 'good__slow', arguments: { ms: 800 } });
    await eventually('the call to arrive', () => readEvilLog(log).some((entry) => entry.raw?.includes('800')));
    hub.endInput();
    expect((await answer).message.result).toMatchObject({ content: [{ text: 'waited 800' }] });
    expect((await hub.exited).code).toBe(0);
    expect(pidsIn(log).filter(isAlive)).toEqual([]);
    await hub.stop();
    home.remove();
  }, 20_000);
});

test('an upstream gets its own variables, the safe ones of the hub, and no others', async () => {
  const names = ['OWN', 'PATH', 'HOME', 'CLAUDE_PROJECT_DIR', 'CLAUDECODE', 'AWS_SECRET_ACCESS_KEY', 'GITHUB_TOKEN'];
  const home = createTempHome();
  const own = {
    command: process.execPath,
    args: [fixture('legacy.mjs'), 'own'],
    env: { OWN: 'mine' },
    cwd: home.dir,
  };
  const env = { CLAUDE_PROJECT_DIR: '/p', CLAUDECODE: '1', AWS_SECRET_ACCESS_KEY: 'canary', GITHUB_TOKEN: 'canary' };
  const hub = await startHub({ config: { mcpServers: { own } }, env, home });
  await initialize(hub);
  const said = JSON.parse(await talker(hub, 'legacy').callText('own__whoami', { env: names })) as {
    env: Record<string, string | null>;
    cwd: string;
  };
  expect(said.env).toMatchObject({ OWN: 'mine', HOME: home.dir, CLAUDE_PROJECT_DIR: '/p', CLAUDECODE: '1' });
  expect(said.env['PATH']).toBeTruthy();
  expect(said.env['AWS_SECRET_ACCESS_KEY']).toBeNull();
  expect(said.env['GITHUB_TOKEN']).toBeNull();
  expect(said.cwd).toBe(home.dir);
  await hub.stop();
  home.remove();
}, 20_000);
