import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fencedBlocks } from './support/markdown.ts';
import { HUB_BIN, ROOT } from './support/paths.ts';
import { eventually, processesMentioning } from './support/processes.ts';
import { readCallLog, runCommand } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';

/** The account without what differs from run to run and from machine to machine: times, and where things are. */
const withoutChance = (account: string): string[] =>
  account
    .trim()
    .split('\n')
    .filter((line) => !/calls\.db|mcp-hub\.js|MCP_HUB_STATE_DIR/.test(line))
    .map((line) => line.replaceAll(/ *\d+(\.\d+)? m?s\b/g, ' TIME'));

describe('`mcp-hub demo`', () => {
  test('shows the hub at work with three servers, ends by itself, and leaves nothing running', async () => {
    const home = createTempHome();
    const { code, stdout, stderr } = await runCommand(['demo'], { home });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const shown of [
      'math__add',
      'notes__search_notes',
      'weather__forecast',
      '10 progress reports',
      'note:///demo',
      'weather://places',
      'math__explain_calculation',
      'Oslo, Osaka',
      'legacy (up to 2025-11-25)',
      'modern (2026-07-28)',
      'calls.db',
    ])
      expect(stdout).toContain(shown);
    expect(stdout).toContain('mcp-hub install claude-code');
    expect(stdout).toContain(`"hub": {"command":"${process.execPath}","args":["${HUB_BIN}","serve"]}`);
    const wide = stdout
      .split('\n')
      .filter((line) => line.length > 80 && !line.includes(HUB_BIN) && !line.includes(home.dir));
    expect(wide).toEqual([]);
    expect(stdout).not.toContain('\u001b');
    const [shown = ''] = fencedBlocks(readFileSync(`${ROOT}docs/demo.md`, 'utf8'), 'text');
    expect(withoutChance(shown)).toEqual(withoutChance(stdout));
    expect(processesMentioning(home.dir)).toEqual([]);
    expect(stdout).toContain('MCP_HUB_STATE_DIR=~/state/demo mcp-hub logs');
    const rows = await readCallLog({ ...home, env: { ...home.env, MCP_HUB_STATE_DIR: `${home.stateDir}/demo` } });
    expect(rows.length).toBe(11);
    expect(new Set(rows.map((row) => row['server']))).toEqual(new Set(['math', 'notes', 'weather']));
    home.remove();
  }, 30_000);

  test("leaves the user's own log alone, and what is known of a server of the same name", async () => {
    const home = createTempHome();
    const configFile = home.file('own.json');
    writeFileSync(configFile, JSON.stringify({ mcpServers: { notes: { command: 'own-notes' } } }), { mode: 0o600 });
    expect((await runCommand(['demo'], { home })).code).toBe(0);
    const { stdout } = await runCommand(['list', '--json', '--config', configFile], { home });
    expect(JSON.parse(stdout)).toMatchObject({ servers: [{ name: 'notes', status: 'unknown' }] });
    expect(await readCallLog(home)).toEqual([]);
    expect(existsSync(home.file('state/calls.db'))).toBe(false);
    home.remove();
  }, 30_000);

  test('runs without a log too, and tells nothing that only the log knows', async () => {
    const home = createTempHome();
    writeFileSync(home.file('no-folder'), '');
    const { code, stdout } = await runCommand(['demo'], {
      home,
      env: { MCP_HUB_STATE_DIR: home.file('no-folder/state') },
    });
    expect(code).toBe(0);
    expect(stdout).toContain('Oslo, Osaka');
    expect(stdout).toContain('nothing could be written to it');
    expect(stdout).not.toContain('0 tools');
    home.remove();
  }, 30_000);

  test('says why when it cannot run', async () => {
    const home = createTempHome();
    const nowhere = home.file('no/such/folder');
    const { code, stderr } = await runCommand(['demo'], {
      home,
      env: { TMPDIR: nowhere, TEMP: nowhere, TMP: nowhere },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('no/such/folder');
    expect(stderr).not.toMatch(/\n\s+at /);
    home.remove();
  });

  test('with --keep goes on until Ctrl-C', async () => {
    const home = createTempHome();
    const demo = spawn(process.execPath, [HUB_BIN, 'demo', '--keep'], {
      env: home.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    demo.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    await eventually('the invitation to look', () => stdout.includes('mcp-hub monitor'), 20_000);
    expect(stdout).toContain('MCP_HUB_STATE_DIR=~/state/demo mcp-hub logs -f');
    await eventually('its log', () => existsSync(home.file('state/demo/calls.db')));
    expect(processesMentioning(home.dir).length).toBeGreaterThan(3);
    demo.kill('SIGINT');
    const [code] = (await once(demo, 'close')) as [number | null];
    expect(code).toBe(0);
    expect(processesMentioning(home.dir)).toEqual([]);
    home.remove();
  }, 40_000);
});
