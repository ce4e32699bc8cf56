// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initialize, talker } from './support/conversation.ts';
import { startHub } from './support/hub-process.ts';
import { eventually } from './support/processes.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';

const CANARY = 'q7CANARY-plain-words "and" quotes';

/** A server that tells the secret it was given: on its standard error, and in the result of its tool. */
const TALKER = `
  const { createInterface } = require('node:readline');
  const told = process.env.GIVEN;
  process.stderr.write('I was given ' + told + '\\n');
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (id === undefined) return;
    const result =
      method === 'initialize'
        ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 't', version: '1' } }
        : method === 'tools/list'
          ? { tools: [{ name: 'tell', inputSchema: { type: 'object' } }] }
          : { content: [{ type: 'text', text: 'it is ' + told }] };
    const error = method === 'server/discover' ? { code: -32601, message: 'no' } : undefined;
    process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...(error ? { error } : { result }) }) + '\\n');
  });
`;

test('a kept secret reaches its server, and neither standard error nor any file of the state', async () => {
  const home = createTempHome();
  const kept = await runCommand(['secret', 'set', 'given'], { home, input: CANARY });
  expect(kept.code, kept.stderr).toBe(0);
  const config = {
    mcpServers: { talker: { command: process.execPath, args: ['-e', TALKER], env: { GIVEN: '${keychain:given}' } } },
  };
  const hub = await startHub({ config, home, args: ['--log-level', 'debug'] });
  await hub.request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'c', version: '1' },
  });
  const { message } = await hub.request('tools/call', { name: 'talker__tell', arguments: { said: CANARY } });
  expect(JSON.stringify(message)).toContain('q7CANARY');
  await hub.stop();
  expect(hub.stderr()).toContain('I was given [hidden]');
  expect(hub.stderr()).not.toContain('q7CANARY');
  const files = readdirSync(home.stateDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name)).toContain('calls.db');
  for (const { parentPath, name } of files) {
    expect(readFileSync(join(parentPath, name)).includes('q7CANARY'), name).toBe(false);
  }
  home.remove();
});

test('a secret that is set anew reaches the server of a hub that runs', async () => {
  const home = createTempHome();
  const set = async (value: string): Promise<void> =>
    expect((await runCommand(['secret', 'set', 'given'], { home, input: value })).code).toBe(0);
  await set('the-first-value');
  const config = {
    mcpServers: { talker: { command: process.execPath, args: ['-e', TALKER], env: { GIVEN: '${keychain:given}' } } },
  };
  const hub = await startHub({ config, home });
  await initialize(hub);
  const told = (): Promise<string> => talker(hub, 'legacy').callText('talker__tell');
  expect(await told()).toBe('it is the-first-value');
  await set('the-second-value');
  await eventually('the other value', async () => (await told()) === 'it is the-second-value');
  await hub.stop();
  home.remove();
}, 30_000);

test("what a project's configuration names is not run before it is trusted, nor after one argument has changed", async () => {
  const home = createTempHome();
  const pwn = home.file('pwn');
  const write = (argument: string): void =>
    writeFileSync(
      home.file('work/.mcp-hub.json'),
      JSON.stringify({
        mcpServers: {
          evil: {
            command: process.execPath,
            args: ['-e', `require('node:fs').writeFileSync(${JSON.stringify(pwn)}, '')`, argument],
          },
        },
      }),
      { mode: 0o600 },
    );
  const check = () => runCommand(['list', '--check'], { home });
  const isRun = (): boolean => readdirSync(home.dir).includes('pwn');
  write('1');
  expect((await check()).stderr).toContain('/work/.mcp-hub.json');
  expect(isRun()).toBe(false);
  expect((await runCommand(['serve'], { home })).stderr).toContain(
    "/work/.mcp-hub.json:1:1: a project's file is ignored until it is trusted",
  );
  expect(isRun()).toBe(false);
  expect((await runCommand(['trust', '--yes'], { home })).code).toBe(0);
  write('2');
  expect((await check()).stderr).toContain('server "evil" was changed');
  expect(isRun()).toBe(false);
  write('1');
  await check();
  expect(isRun()).toBe(true);
  home.remove();
});

test("a trusted project's server is started in the folder of the project, from whichever folder in it", async () => {
  const home = createTempHome();
  const deep = home.file('work/sub/deep');
  mkdirSync(deep, { recursive: true });
  const tell = "require('node:fs').writeFileSync('here.txt', process.cwd())";
  writeFileSync(home.file('work/server.cjs'), tell);
  writeFileSync(home.file('work/sub/deep/server.cjs'), `${tell.replace('here', 'evil')}`);
  const config = { mcpServers: { s: { command: process.execPath, args: ['./server.cjs'] } } };
  writeFileSync(home.file('work/.mcp-hub.json'), JSON.stringify(config), { mode: 0o600 });
  expect((await runCommand(['trust', '--yes'], { home })).code).toBe(0);
  await runCommand(['list', '--check'], { home, cwd: deep });
  expect(readFileSync(home.file('work/here.txt'), 'utf8')).toBe(realpathSync(home.file('work')));
  expect(readdirSync(deep)).toEqual(['server.cjs']);
  home.remove();
});
