import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { initialize, talker } from './support/conversation.ts';
import { startHub } from './support/hub-process.ts';
import { HUB_BIN, ROOT } from './support/paths.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { hasPseudoTerminals, openTerminal, type Terminal, type TerminalOptions } from './support/terminal.ts';
import { exampleServer, legacyServer } from './support/upstreams.ts';

let home: TempHome;
beforeEach(() => {
  home = createTempHome();
});
afterEach(() => home.remove());

const openMonitor = async (
  args: readonly string[],
  { env = {}, ...size }: Partial<Omit<TerminalOptions, 'argv'>> = {},
): Promise<Terminal> => {
  const terminal = await openTerminal({
    argv: [process.execPath, HUB_BIN, 'monitor', ...args],
    env: { ...home.env, NO_COLOR: '', ...env },
    ...size,
  });
  onTestFinished(() => terminal.close());
  return terminal;
};

const call = (...args: string[]) =>
  runCommand(['call', ...args, '--config', 'examples/mcp-hub.config.json'], { home, cwd: ROOT });

/** Only Linux has the program that gives a test a terminal. */
const onTerminals = describe.skipIf(!hasPseudoTerminals());

const SCREENS: readonly (readonly [key: string, landmark: RegExp])[] = [
  ['2', /needs login/],
  ['3', /never called in 1h/],
  ['4', /calls over time/],
  ['5', /claude-desktop/],
  ['1', /STATUS/],
];

onTerminals('the monitor', () => {
  describe.each([
    [60, 16],
    [80, 24],
    [100, 30],
    [120, 32],
    [200, 50],
  ])('on %i columns and %i rows', (columns, rows) => {
    test.each(['', '1'])('shows all screens and quits, with NO_COLOR=%s', async (noColor) => {
      const terminal = await openMonitor(['--demo'], { columns, rows, env: { NO_COLOR: noColor } });
      await terminal.shows('following');
      expect(terminal.hasWholeScreen()).toBe(true);
      for (const [key, landmark] of SCREENS) {
        terminal.type(key);
        await terminal.shows(landmark);
        await terminal.shows(/^ .*quit$/m);
      }
      expect(terminal.colors() > 0).toBe(noColor === '');
      terminal.type('q');
      expect(await terminal.ended).toBe(0);
      expect(terminal.hasWholeScreen()).toBe(false);
      expect(terminal.hasCursor()).toBe(true);
      expect(terminal.screen()).toContain('That was the demo');
    });
  });

  test('draws with ASCII alone where that is asked for', async () => {
    const terminal = await openMonitor(['--demo', '--ascii']);
    await terminal.shows('following');
    for (const [key, landmark] of SCREENS) {
      terminal.type(key);
      await terminal.shows(landmark);
      expect(terminal.screen()).toMatch(/^[\x20-\x7e\n]*$/);
    }
  });

  test('filters while the filter is typed, says what is wrong with it, and opens a call', async () => {
    const terminal = await openMonitor(['--demo']);
    await terminal.shows('following');
    terminal.type('/server:docs');
    await terminal.until(() => /docs/.test(terminal.screen()) && !/postgres +query/.test(terminal.screen()));
    terminal.type(' colour:red');
    await terminal.shows('"colour:" is no key of a filter');
    terminal.type('\u0017\r');
    await terminal.shows('f follow');
    terminal.type('\r');
    await terminal.shows(/time {3}hub /);
    terminal.type('?');
    await terminal.shows('Keys here');
    terminal.type('x');
    await terminal.shows(/q back/);
  });

  test('asks before it acts, and does nothing without a yes', async () => {
    const terminal = await openMonitor(['--demo']);
    await terminal.shows('following');
    terminal.type('2');
    await terminal.shows('needs login');
    terminal.type('x');
    await terminal.shows('Disable github?');
    terminal.type('n');
    await terminal.shows('disable: not done');
    terminal.type('x');
    await terminal.shows('Disable github?');
    terminal.type('y');
    await terminal.shows('github is disabled');
    await terminal.shows('mcp-hub enable github');
  });

  test('fits a window that changes its size, and says so where it cannot', async () => {
    const terminal = await openMonitor(['--demo']);
    await terminal.shows('following');
    terminal.resize(50, 10);
    await terminal.shows('Make the window at least 60x12');
    terminal.resize(120, 20);
    await terminal.until(() => /q quit/.test(terminal.screen()) && /─┐/.test(terminal.screen()));
    terminal.resize(60, 12);
    await terminal.until(() => /SERVER\/TOOL/.test(terminal.screen()) && /following/.test(terminal.screen()));
    expect(terminal.screen().split('\n')).toHaveLength(12);
    expect(terminal.screen()).toContain('SERVER/TOOL');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('gives the terminal back after %s', async (signal, code) => {
    const terminal = await openMonitor(['--demo']);
    await terminal.shows('following');
    process.kill(terminal.pid(), signal);
    expect(await terminal.ended).toBe(code);
    expect(terminal.hasWholeScreen()).toBe(false);
    expect(terminal.hasCursor()).toBe(true);
  });

  test('gives the terminal back after a crash, and says what it was', async () => {
    const fault = home.file('fault.mjs');
    writeFileSync(fault, "process.on('SIGUSR2', () => { throw new Error('a fault of the test'); });\n");
    const terminal = await openMonitor(['--demo'], { env: { NODE_OPTIONS: `--import=file://${fault}` } });
    await terminal.shows('following');
    process.kill(terminal.pid(), 'SIGUSR2');
    expect(await terminal.ended).toBe(1);
    expect(terminal.hasWholeScreen()).toBe(false);
    expect(terminal.hasCursor()).toBe(true);
    expect(terminal.screen()).toContain('a fault of the test');
  });

  test('stops for ctrl-z and comes back as it was', async () => {
    const terminal = await openTerminal({ argv: ['bash', '--norc', '-i'], env: { ...home.env, PS1: 'ready> ' } });
    onTestFinished(() => terminal.close());
    await terminal.shows('ready>');
    terminal.type(`'${process.execPath}' '${HUB_BIN}' monitor --demo\r`);
    await terminal.shows('following');
    terminal.type('2');
    await terminal.shows('needs login');
    terminal.type('\u001a');
    await terminal.shows('Stopped');
    expect(terminal.hasWholeScreen()).toBe(false);
    terminal.type('fg\r');
    await terminal.until(() => terminal.hasWholeScreen() && terminal.screen().includes('needs login'));
    terminal.type('q');
    await terminal.shows('That was the demo');
  });
});

onTerminals('the monitor of a log', () => {
  test('teaches where there is none, and can show the demo', async () => {
    const terminal = await openMonitor([]);
    await terminal.shows('No calls yet');
    terminal.type('d');
    await terminal.shows('mcp-hub demo');
    await terminal.shows('create_issue');
  });

  test('shows a call that is made meanwhile, and its figures at the end', async () => {
    const terminal = await openMonitor([]);
    await terminal.shows('No calls yet');
    expect((await call('math__add', 'a=1', 'b=2')).code).toBe(0);
    await terminal.shows(/math +add +ok/);
    terminal.type('\r');
    await terminal.shows('math__add');
    terminal.type('Q');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen()).toMatch(/Watched for .*: 1 call, 0 failed\. To read them: mcp-hub logs/);
  });

  test('says that the log was removed, and goes on with the next', async () => {
    await call('math__add', 'a=1', 'b=2');
    const terminal = await openMonitor([]);
    await terminal.shows(/math +add/);
    rmSync(home.stateDir, { recursive: true });
    await terminal.shows('was removed');
    await call('math__multiply', 'a=2', 'b=3');
    await terminal.shows(/math +multiply +ok/);
    expect(terminal.screen()).not.toContain('was removed');
  });

  test('is not shown where it cannot be read: the sentence says why, and what to do', async () => {
    mkdirSync(home.stateDir, { mode: 0o700 });
    writeFileSync(
      join(home.stateDir, 'calls.db'),
      'this is no database, but it is as long as one has to be'.repeat(100),
    );
    const terminal = await openMonitor([]);
    expect(await terminal.ended).toBe(1);
    expect(terminal.screen()).toMatch(/calls\.db cannot be read: file is not a database/);
    expect(terminal.screen()).toContain('the next call sets it aside and begins a new log');
    expect(terminal.screen()).toContain('mcp-hub call');
    expect(terminal.hasWholeScreen()).toBe(false);
  });

  test('is not shown where a newer program has made it', async () => {
    await call('math__add', 'a=1', 'b=2');
    setSchema(MIGRATIONS.length + 7);
    const terminal = await openMonitor([]);
    expect(await terminal.ended).toBe(1);
    expect(terminal.screen()).toContain('was made by a newer mcp-hub');
    expect(terminal.screen()).toContain('update mcp-hub');
  });

  test('goes on when its hub is killed: says so and what comes next, and what ran is unknown', async () => {
    const hub = await startHub({ home, config: { mcpServers: { raw: legacyServer('raw') } } });
    await initialize(hub);
    await talker(hub, 'legacy').names('tools');
    hub.sendRaw(
      '{"jsonrpc":"2.0","id":"hung","method":"tools/call","params":{"name":"raw__slow","arguments":{"ms":3600000}}}\n',
    );
    const terminal = await openMonitor([], { columns: 120 });
    await terminal.shows(/raw\/slow +running/);
    await terminal.shows('1/1 servers up');
    hub.kill('SIGKILL');
    await terminal.shows(`the hub ${hub.pid} was killed, and with it what ran in it`);
    expect(terminal.screen()).toContain('your client starts the next: mcp-hub status');
    await terminal.shows(/raw\/slow +unknown/);
    terminal.type('2');
    await terminal.shows(/raw +stopped/);
    terminal.type('r');
    await terminal.shows('no hub runs that could do it: a client starts one, or mcp-hub serve');
    await using next = await startHub({ home, config: { mcpServers: { raw: legacyServer('raw') } } });
    await initialize(next);
    expect(await talker(next, 'legacy').callText('raw__echo', { m: 'x' })).toBe('x');
    await terminal.until(() => /raw +up/.test(terminal.screen()) && !terminal.screen().includes('was killed'));
  }, 60_000);

  test('says nothing of a hub that has ended as it should', async () => {
    const hub = await startHub({ home, config: { mcpServers: { raw: legacyServer('raw') } } });
    await initialize(hub);
    expect(await talker(hub, 'legacy').callText('raw__echo', { m: 'x' })).toBe('x');
    const terminal = await openMonitor([]);
    await terminal.shows('1/1 servers up');
    terminal.type('2');
    await terminal.shows(/raw +up/);
    await hub.stop();
    await terminal.shows(/raw +stopped/);
    expect(terminal.screen()).not.toContain('was killed');
  }, 60_000);

  test('teaches where it is empty, and shows the first call that comes', async () => {
    mkdirSync(home.stateDir, { mode: 0o700 });
    writeFileSync(join(home.stateDir, 'calls.db'), '', { mode: 0o600 });
    const terminal = await openMonitor([]);
    await terminal.shows('No calls yet');
    expect(terminal.screen()).toContain('a demo');
    expect((await call('math__add', 'a=1', 'b=2')).code).toBe(0);
    await terminal.shows(/math +add +ok/);
  });

  test('asks before it replays what a server alone says is harmless, and not where the server is trusted', async () => {
    const start = (trusted: boolean) =>
      startHub({
        home,
        config: { mcpServers: { math: exampleServer('math') }, hub: { servers: { math: { trusted } } } },
      });
    const hub = await start(false);
    await initialize(hub);
    const client = talker(hub, 'legacy');
    await client.names('tools');
    expect(await client.callText('math__add', { a: 1, b: 2 })).toBe('3');
    const terminal = await openMonitor([], { columns: 120 });
    await terminal.shows(/math\/add +ok/);
    await terminal.shows('1/1 servers up');
    terminal.type('r');
    await terminal.shows('Call add of math again?');
    terminal.type('n');
    await terminal.shows('replay: not done');
    await hub.stop();
    await terminal.shows('0/1 servers up');
    await using trusting = await start(true);
    await initialize(trusting);
    expect(await talker(trusting, 'legacy').callText('math__add', { a: 3, b: 4 })).toBe('7');
    await terminal.shows('1/1 servers up');
    terminal.type('r');
    await terminal.shows('add was called again');
  }, 60_000);

  /** The number lies at a place of the file that its format fixes. */
  const setSchema = (version: number): void => {
    const path = join(home.stateDir, 'calls.db');
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(version, 60);
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    writeFileSync(path, bytes);
  };
});

test('without a terminal the monitor says what shows the calls as lines', async () => {
  const { code, stdout, stderr } = await runCommand(['monitor'], { home });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('monitor needs a terminal');
  expect(stderr).toContain('mcp-hub logs -f');
});

test('a filter that is wrong is told before anything is shown', async () => {
  const { code, stderr } = await runCommand(['monitor', '--since', 'soon'], { home });
  expect(code).toBe(2);
  expect(stderr).toContain('error:');
});
