import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readEvilLog } from '../e2e/support/evil-log.ts';
import { startHub } from '../e2e/support/hub-process.ts';
import { runCommand } from '../e2e/support/run-command.ts';
import { createTempHome, type TempHome } from '../e2e/support/temp-home.ts';
import { evilServer } from './support/evil-server.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { openStand } from './support/stand.ts';
import { expectWithin } from './support/within.ts';

const CANARY = 'CANARYvalue8c1f';
const GOOD = '"good": { "command": "true" }';

/** A file of a configuration; how `config validate` ends, and what it says. */
interface Wrong {
  readonly text?: string;
  readonly name?: string;
  readonly make?: (home: TempHome) => string;
  readonly code: number;
  readonly says: RegExp;
}

const servers = (rest: string): string => `{\n  "mcpServers": {\n    ${GOOD},\n    ${rest}\n  }\n}`;
const bomb = `a0: &a0 [x, x]\n${Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]`).join('\n')}\nmcpServers: {}\n`;

const WRONG: Readonly<Record<string, Wrong>> = {
  'JSON that is cut off': { text: '{ "mcpServers": { "a": { "comm', code: 3, says: /config\.json:1:\d+: / },
  'JSON with two mistakes': { text: '{\n  "mcpServers": {,}\n}', code: 3, says: /config\.json:2:\d+: / },
  'a key that is misspelt': { text: servers(`"b": { "comand": "${CANARY}" }`), code: 3, says: /:4:.*comand|command/ },
  // Both are served: only a client that folds case could mix them up.
  'two servers that differ in case': {
    text: servers('"A": {"command":"x"}, "a": {"command":"y"}'),
    code: 0,
    says: /:4:\d+: the names "A" and "a" differ only in upper and lower case/,
  },
  'a port beyond all ports': {
    text: `{ "hub": { "http": { "port": 99999 } }, "mcpServers": {} }`,
    code: 3,
    says: /:1:\d+: .*port/,
  },
  'a time below nothing': {
    text: `{ "hub": { "timeouts": { "callMs": -1 } }, "mcpServers": {} }`,
    code: 3,
    says: /:1:\d+: .*callMs/,
  },
  'a time that is a text': {
    text: `{ "hub": { "timeouts": { "callMs": "soon" } }, "mcpServers": {} }`,
    code: 3,
    says: /:1:\d+: .*callMs/,
  },
  'a time beyond all timers': {
    text: `{ "hub": { "timeouts": { "callMs": 1e12 } }, "mcpServers": {} }`,
    code: 3,
    says: /:1:\d+: .*callMs/,
  },
  'servers that are a text': { text: '{ "mcpServers": "npx" }', code: 3, says: /:1:\d+: .*mcpServers/ },
  'a server that is a text': { text: servers('"b": "npx"'), code: 3, says: /:4:\d+: / },
  'a command that is a number': { text: servers('"b": { "command": 5 }'), code: 3, says: /:4:\d+: .*command/ },
  'a server with a URL of no web': {
    text: servers('"b": { "url": "file:///etc/passwd" }'),
    code: 3,
    says: /:4:\d+: .*url/,
  },
  'YAML whose aliases explode': { text: bomb, name: 'config.yaml', code: 3, says: /config\.yaml/ },
  'YAML of a class': { text: '!!js/function "x"\n', name: 'config.yaml', code: 3, says: /config\.yaml/ },
  'no file': { make: (home) => home.file('not-there.json'), code: 3, says: /not-there\.json/ },
  'a folder': { make: (home) => home.file('work'), code: 3, says: /it is a folder/ },
  'a circle of links': {
    make: (home) => {
      symlinkSync('b.json', home.file('a.json'));
      symlinkSync('a.json', home.file('b.json'));
      return home.file('a.json');
    },
    code: 3,
    says: /circle/,
  },
  'a file of 50 MiB': {
    make: (home) => {
      writeFileSync(home.file('big.json'), '{}');
      truncateSync(home.file('big.json'), 50 * 1024 * 1024);
      return home.file('big.json');
    },
    code: 3,
    says: /larger than/,
  },
  'bytes that are no text': {
    make: (home) => {
      writeFileSync(home.file('bytes.json'), Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
      return home.file('bytes.json');
    },
    code: 3,
    says: /UTF-8/,
  },
};

const fileOf = ({ text = '', name = 'config.json', make }: Wrong, home: TempHome): string => {
  if (make !== undefined) return make(home);
  writeFileSync(home.file(name), text);
  return home.file(name);
};

describe.concurrent('F37 a configuration that is wrong', () => {
  test.each(Object.entries(WRONG))(
    'F37 %s: config validate says where, in sentences, and shows no value',
    async (_what, wrong) => {
      const home = createTempHome();
      const file = fileOf(wrong, home);
      const at = performance.now();
      const { code, stdout, stderr } = await runCommand(['config', 'validate', '--config', file], { home });
      expectWithin(at, 10_000);
      const said = stdout + stderr;
      expect([code, said]).toEqual([wrong.code, expect.stringMatching(wrong.says)]);
      expect(said).not.toMatch(/^\s+at .+:\d+:\d+/m);
      expect(said).not.toContain(CANARY);
      home.remove();
    },
    30_000,
  );

  test.each(['JSON that is cut off', 'a folder', 'no file'])(
    'F37 %s: serve does not start',
    async (what) => {
      const home = createTempHome();
      const wrong = WRONG[what] as Wrong;
      const { code, stdout, stderr } = await runCommand(['serve', '--config', fileOf(wrong, home)], { home });
      expect([code, stderr, stdout]).toEqual([3, expect.stringMatching(wrong.says), '']);
      home.remove();
    },
    30_000,
  );

  test('F37 comments and a comma at the end are no mistake', async () => {
    const home = createTempHome();
    writeFileSync(home.file('c.json'), '{ // mine\n  "mcpServers": { /* none */ },\n}');
    const { code } = await runCommand(['config', 'validate', '--config', home.file('c.json')], { home });
    expect(code).toBe(0);
    home.remove();
  }, 60_000);

  test('F37 of several servers the wrong one alone is left out by serve', async () => {
    const home = createTempHome();
    const log = home.file('evil.ndjson');
    const config = {
      mcpServers: {
        good: evilServer('good', log),
        bad: { command: 5 },
        unset: { command: `\${NEVER_SET_ANYWHERE}` },
      },
      hub: { nonsense: true },
    };
    const hub = await startHub({ home, config: JSON.stringify(config) });
    await hub.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'x', version: '1' },
    });
    const { message } = await hub.request('tools/call', { name: 'good__echo', arguments: { m: 'x' } });
    expect(message.result).toMatchObject({ content: [{ text: 'x' }] });
    const unset = await hub.request('tools/call', { name: 'unset__echo', arguments: {} });
    expect(unset.message.error?.message).toContain('NEVER_SET_ANYWHERE');
    expect(hub.stderr()).toMatch(/config\.json:1:\d+: .*bad/);
    await hub.stop();
    home.remove();
  }, 60_000);
});

describe.concurrent('T8 a configuration that came with a project', () => {
  const PROJECT = (args: readonly string[]): string =>
    JSON.stringify({ mcpServers: { tool: { command: 'touch', args } } });

  const project = (): { home: TempHome; write: (args: readonly string[]) => void; cwd: string } => {
    const home = createTempHome();
    const cwd = home.file('work');
    mkdirSync(`${cwd}/.git`);
    return { home, cwd, write: (args) => writeFileSync(`${cwd}/.mcp-hub.json`, PROJECT(args)) };
  };

  /** What starts when a client lists the tools. */
  const listTools = async ({ home, cwd }: { home: TempHome; cwd: string }) =>
    runCommand(['list', '--check'], { home, cwd });

  test('T8 starts nothing until a person has agreed, and again when it has changed', async () => {
    const place = project();
    place.write(['pwn']);
    const before = await listTools(place);
    expect(existsSync(`${place.cwd}/pwn`)).toBe(false);
    expect(before.stdout + before.stderr).toContain('.mcp-hub.json');
    const shown = await runCommand(['trust', place.cwd], { home: place.home, cwd: place.cwd, input: 'n\n' });
    expect(shown.stdout + shown.stderr).toMatch(/touch.*pwn/);
    const trusted = await runCommand(['trust', place.cwd, '--yes'], { home: place.home, cwd: place.cwd });
    expect(trusted.code).toBe(0);
    await listTools(place);
    expect(existsSync(`${place.cwd}/pwn`)).toBe(true);
    for (const args of [['pwn2'], ['pwn', '--'], []]) {
      place.write(args);
      const changed = await runCommand(['list'], { home: place.home, cwd: place.cwd });
      expect(changed.stdout + changed.stderr).toContain('.mcp-hub.json');
    }
    expect(existsSync(`${place.cwd}/pwn2`)).toBe(false);
    place.home.remove();
  }, 60_000);
});

describe('T9 arguments of servers', () => {
  test('T9 arrive as they are written, and no shell reads them', async () => {
    const args = [
      '; touch pwn',
      '$(touch pwn)',
      '`touch pwn`',
      '&& calc',
      '%PATH%',
      '"q" \'z\'',
      '| cat',
      '$HOME',
      '*',
      '~',
      '\n',
      '',
    ];
    const stand = await openStand({
      servers: (log) => {
        const entry = evilServer('evil', log);
        return { evil: { ...entry, args: [...(entry.args ?? []), ...args] } };
      },
    });
    const start = readEvilLog(stand.evilLog).find(({ event, name }) => event === 'start' && name === 'evil');
    expect((start as unknown as { argv: string[] }).argv).toEqual(['evil', 'legacy', ...args]);
    expect(existsSync(stand.home.file('work/pwn'))).toBe(false);
    await expectSound(stand);
    await closeSoundly(stand);
  }, 60_000);
});

describe.concurrent('T21 servers that are fetched anew each time', () => {
  test.each([
    ['npx', ['-y', 'some-server']],
    ['npx', ['-y', 'some-server@latest']],
    ['uvx', ['some-server']],
    ['docker', ['run', '-i', '--rm', 'some/server:latest']],
    ['docker', ['run', '-i', '--rm', 'some/server']],
  ])(
    'T21 %s %j: doctor warns',
    async (command, args) => {
      const home = createTempHome();
      writeFileSync(home.file('c.json'), JSON.stringify({ mcpServers: { it: { command, args, disabled: false } } }));
      const { stdout, stderr } = await runCommand(['doctor', '--json', '--config', home.file('c.json')], {
        home,
        env: { PATH: '/nowhere' },
      });
      expect(stdout + stderr).toContain('is not pinned');
      home.remove();
    },
    30_000,
  );
});

describe.runIf(process.platform !== 'win32')('T28 files that others may change', () => {
  test('T28 a configuration that others may write is told of', async () => {
    const home = createTempHome();
    writeFileSync(home.file('c.json'), `{ "mcpServers": { ${GOOD} } }`);
    chmodSync(home.file('c.json'), 0o666);
    const { stdout, stderr } = await runCommand(['config', 'validate', '--config', home.file('c.json')], { home });
    expect(stdout + stderr).toMatch(/can be changed by other users \(mode 666\); run: chmod go-w /);
    home.remove();
  }, 60_000);

  test('T28 a state folder that was open to others is closed, and its files are', async () => {
    const home = createTempHome();
    mkdirSync(home.stateDir, { mode: 0o777 });
    chmodSync(home.stateDir, 0o777);
    const stand = await openStand({ home });
    await expectSound(stand);
    for (const name of ['calls.db', 'calls.db-wal', 'cache.db'])
      if (existsSync(`${home.stateDir}/${name}`))
        expect(statSync(`${home.stateDir}/${name}`).mode & 0o077, name).toBe(0);
    await closeSoundly(stand);
  }, 60_000);
});
