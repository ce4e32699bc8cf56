import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pidsIn, readEvilLog } from './support/evil-log.ts';
import { HUB_BIN } from './support/paths.ts';
import { eventually, isAlive } from './support/processes.ts';
import { readCallLog, runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { exampleServer, legacyServer, modernServer } from './support/upstreams.ts';

let home: TempHome;
beforeEach(() => {
  home = createTempHome();
});
afterEach(() => home.remove());

const configure = (config: object): void => {
  const file = home.file('config/mcp-hub/config.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
};
const run = (args: readonly string[], input?: string) =>
  runCommand(args, { home, ...(input === undefined ? {} : { input }) });
const json = async (args: readonly string[]) => JSON.parse((await run(args)).stdout) as Record<string, unknown>;

describe('call', () => {
  test('prints the text of a tool of either era, under either spelling of its name', async () => {
    configure({ mcpServers: { old: legacyServer('old'), new: modernServer('new') } });
    expect(await run(['call', 'old__echo', 'm=hello world'])).toEqual({ code: 0, stdout: 'hello world\n', stderr: '' });
    expect(await run(['call', 'new.echo', 'm=1'])).toEqual({ code: 0, stdout: '1\n', stderr: '' });
  });

  test('starts no other server than the one that is named', async () => {
    const log = home.file('evil.log');
    configure({ mcpServers: { a: legacyServer('a', { log }), b: legacyServer('b', { log }) } });
    await run(['call', 'a__echo', 'm=1']);
    expect([...new Set(readEvilLog(log).map(({ name }) => name))]).toEqual(['a']);
  });

  test('types values by the schema of the tool', async () => {
    configure({ mcpServers: { math: exampleServer('math') } });
    expect((await run(['call', 'math__add', 'a=1', 'b:=2.5'])).stdout).toBe('3.5\n');
    expect((await run(['call', 'math__add', '--args', '{"a":1}', 'b=2'])).stdout).toBe('3\n');
    expect((await run(['call', 'math__add', '--args', '-'], '{"a":2,"b":2}')).stdout).toBe('4\n');
    const wrong = await run(['call', 'math__add', 'a=one', 'b=2']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('argument a is not of the type that the tool asks for: number');
  });

  test('prints pictures as a placeholder, and the result as it is with --json', async () => {
    configure({ mcpServers: { old: legacyServer('old') } });
    expect((await run(['call', 'old.image'])).stdout).toMatch(/^\[image: image\/png, \d+ bytes\]\n$/);
    expect(await json(['call', 'old.image', '--json'])).toMatchObject({
      content: [{ type: 'image', mimeType: 'image/png', 'x-unknown': true }],
    });
  });

  test('ends with exit code 6 when the tool says that it failed', async () => {
    configure({ mcpServers: { old: legacyServer('old') } });
    const failed = await run(['call', 'old.fail']);
    expect(failed).toEqual({ code: 6, stdout: 'it did not work\n', stderr: 'the tool old.fail says that it failed\n' });
    expect((await run(['call', 'old.fail', '--json'])).code).toBe(6);
  });

  test('ends with exit code 1 and the words of the server when it answers with an error', async () => {
    configure({ mcpServers: { old: legacyServer('old') } });
    const refused = await run([
      'call',
      'old.refuse',
      '--args',
      '{"json":"{\\"code\\":-32050,\\"message\\":\\"no luck\\"}"}',
    ]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error: no luck\n/);
  });

  test('ends with exit code 4 for a tool or a server that is not there, and says what was meant', async () => {
    configure({ mcpServers: { old: legacyServer('old') } });
    expect(await run(['call', 'old__ecko'])).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: no tool "old__ecko": no server offers it\n  hint: did you mean "old__echo"?\n',
    });
    expect(await run(['call', 'odl.echo'])).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: no server "odl": it is not in the configuration\n  hint: did you mean "old"?\n',
    });
    expect(await run(['call', 'old'])).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: "old" is a server, not a tool\n  hint: run: mcp-hub tools old\n',
    });
  });

  test('ends with exit code 5 when the server does not start, is switched off, or lacks a variable', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as the file has it
    const gh = { command: 'gh', env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } };
    const off = { ...legacyServer('off'), disabled: true };
    configure({ mcpServers: { bad: legacyServer('bad', { evil: 'exit-start:3' }), gh, off } });
    const bad = await run(['call', 'bad__echo', 'm=1']);
    expect(bad.code).toBe(5);
    expect(bad.stderr).toMatch(/^error: bad .*exit code 3.*the moon is in the wrong phase/);
    expect(await run(['call', 'gh.x'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('it needs GITHUB_TOKEN'),
    });
    expect(await run(['call', 'off.echo'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('mcp-hub enable off'),
    });
  });

  test('gives up after --timeout', async () => {
    configure({ mcpServers: { old: legacyServer('old') } });
    const { code, stderr } = await run(['call', 'old.slow', 'ms=20000', '--timeout', '300']);
    expect(code).toBe(1);
    expect(stderr).toContain('300 ms');
  });

  test('is written to the log as the call of a client', async () => {
    configure({ mcpServers: { old: legacyServer('old') } });
    await run(['call', 'old.echo', 'm=1']);
    expect(await readCallLog(home)).toMatchObject([
      { client: 'mcp-hub cli', method: 'tools/call', qualifiedName: 'old__echo', server: 'old', outcome: 'ok' },
    ]);
  });

  test('ends with exit code 130 on Ctrl-C, and leaves no process behind', async () => {
    const log = home.file('evil.log');
    configure({ mcpServers: { old: legacyServer('old', { log, evil: 'ignore-term,grandchild' }) } });
    const child = spawn(process.execPath, [HUB_BIN, 'call', 'old.slow', 'ms=60000'], { env: home.env, stdio: 'pipe' });
    const exit = once(child, 'exit');
    await eventually('the call to arrive', () => readEvilLog(log).some(({ raw }) => raw?.includes('"slow"')));
    child.kill('SIGINT');
    expect((await exit)[0]).toBe(130);
    expect(pidsIn(log).filter(isAlive)).toEqual([]);
  });
});

describe('tools', () => {
  test('lists what clients see, of all servers, of one, and by a glob', async () => {
    configure({ mcpServers: { math: exampleServer('math'), old: legacyServer('old') } });
    const { stdout } = await run(['tools']);
    expect(stdout).toMatch(/^math {3}4 tools, about \d+ tokens\n {2}math__add +Adds two numbers\.$/m);
    expect(stdout).toMatch(/^ {2}old__echo /m);
    expect((await run(['tools', 'math'])).stdout).not.toContain('old__');
    expect((await run(['tools', '*__echo'])).stdout.match(/^ {2}\S+/gm)).toEqual(['  old__echo']);
    expect((await run(['tools', 'math', '--schema'])).stdout).toMatch(/^ {4}a +number\n {8}The first number$/m);
    expect(await json(['tools', 'math', '--json'])).toMatchObject({
      schemaVersion: 1,
      tools: [{ server: 'math', ownName: 'add', name: 'math__add', inputSchema: { type: 'object' } }, {}, {}, {}],
    });
    expect((await run(['tools', 'x*'])).stdout).toBe('no tools match\n');
    expect(await run(['tools', 'mth'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('did you mean "math"?'),
    });
  });

  test('says where to look when there are none', async () => {
    configure({ mcpServers: { off: { command: 'x', disabled: true } } });
    expect((await run(['tools'])).stdout).toBe('no tools\n  see why: mcp-hub list --check\n');
  });

  test('tells why a server is missing, and lists the others', async () => {
    configure({ mcpServers: { bad: legacyServer('bad', { evil: 'exit-start:3' }), old: legacyServer('old') } });
    const { code, stdout, stderr } = await run(['tools']);
    expect(code).toBe(0);
    expect(stdout).toContain('old__echo');
    expect(stderr).toMatch(/bad .*exit code 3/);
    expect((await run(['tools', 'bad'])).code).toBe(5);
  });
});

describe('list --check', () => {
  test('starts every server at once, and ends with exit code 5 when one is unhealthy', async () => {
    const off = { command: 'not-there', disabled: true };
    configure({ mcpServers: { bad: legacyServer('bad', { evil: 'exit-start:3' }), old: legacyServer('old'), off } });
    const { code, stdout } = await run(['list', '--check', '--json']);
    expect(code).toBe(5);
    const { servers } = JSON.parse(stdout) as { servers: object[] };
    expect(servers).toMatchObject([
      { name: 'bad', status: 'failed', reason: expect.stringContaining('exit code 3') },
      { name: 'old', status: 'ok', era: 'legacy', tools: expect.any(Number), tokens: expect.any(Number) },
      { name: 'off', status: 'disabled' },
    ]);
    const text = await run(['list']);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^bad +failed .*\n {2}did not answer/m);
    expect(text.stdout).toMatch(/^old +ok +\d+ +\S+ +- +just now +just now +stdio /m);
  });

  test('ends with exit code 0 when all that are switched on are well', async () => {
    configure({ mcpServers: { old: legacyServer('old'), new: modernServer('new') } });
    expect((await run(['list', '--check'])).code).toBe(0);
  });
});

describe('add', () => {
  test('tries the server, and tells what it offers', async () => {
    const { command, args = [] } = exampleServer('math');
    const { code, stdout } = await run(['add', 'math', '--', command ?? '', ...args]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\+ math {2}stdio {2}\S*node .*server\.ts\n {2}4 tools, about \d+ tokens, first answer in .+\n {2}wrote /,
    );
  });

  test('saves a server that does not start, with its last words and what to do', async () => {
    const { command, args = [] } = legacyServer('bad');
    const { code, stdout } = await run(['add', '-e', 'EVIL=exit-start:3', 'bad', command ?? '', ...args]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ {2}saved, but it did not start: .*exit code 3/);
    expect(stdout).toContain('the moon is in the wrong phase');
    expect(stdout).toMatch(/ {4}fix: \S/);
    expect(stdout).toContain('  undo  mcp-hub remove bad\n');
    expect(await json(['list', '--json'])).toMatchObject({ servers: [{ name: 'bad', status: 'failed' }] });
  });

  test('says that npm knows no such package, and leaves the steps of a stack out', async () => {
    const words = ['npm error code E404', '    at step (file.js:1:1)', 'npm error 404 Not Found - GET nothing'];
    const script = `console.error(${JSON.stringify(words.join('\n'))}); process.exit(1)`;
    const { stdout } = await run(['add', 'x', '--', process.execPath, '-e', script]);
    expect(stdout).toContain(
      'its last words: npm error 404 Not Found - GET nothing\n    | npm error code E404\n    fix: npm ',
    );
  });

  test('saves a command that is not there, and says how to name it', async () => {
    const { stdout } = await run(['add', 'x', 'no-such-command-here']);
    expect(stdout).toContain('saved, but it did not start: ');
    expect(stdout).toContain('    fix: install the command, or store its full path: mcp-hub add --force x -- ');
  });
});

describe('route', () => {
  test('explains where a name goes', async () => {
    const routes = [
      { match: 'sum', to: 'math' },
      { match: 'add', kind: 'tool', to: 'math' },
    ];
    configure({ mcpServers: { math: exampleServer('math') }, hub: { routes } });
    expect(await json(['route', 'add', '--json'])).toMatchObject({
      schemaVersion: 1,
      kind: 'tool',
      upstream: 'math',
      ownName: 'add',
      via: 'route',
      route: { index: 1, match: 'add' },
    });
    const { code, stdout } = await run(['route', 'math__add']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tool math__add\n {2}server +math\n {2}own name +add\n/);
    expect((await run(['route', 'nothing'])).code).toBe(4);
  });
});

describe('the output', () => {
  test('may be closed by its reader, and nothing is said', async () => {
    configure({ mcpServers: { old: legacyServer('old') } });
    const child = spawn(process.execPath, [HUB_BIN, 'call', 'old.big', 'bytes=4000000'], {
      env: home.env,
      stdio: 'pipe',
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'exit');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('has no colours', async () => {
    configure({ mcpServers: { old: legacyServer('old') } });
    for (const args of [['--help'], ['list'], ['tools'], ['config', 'show']]) {
      const { stdout, stderr } = await run(args);
      expect(stdout + stderr).not.toContain('\u001b');
    }
  });
});

test.runIf(existsSync('/dev/full'))('an output that cannot be written is an error', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [HUB_BIN, '--help'], { env: home.env, stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('the output could not be written: ENOSPC'),
  });
});
