import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startHub } from './support/hub-process.ts';
import { type LoginServers, type LoginServersOptions, startLoginServers } from './support/login-servers.ts';
import { HUB_BIN, ROOT } from './support/paths.ts';
import { eventually } from './support/processes.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';

const BROWSER = join(ROOT, 'test/fixtures/login/browser.mjs');

interface Scene extends AsyncDisposable {
  readonly servers: LoginServers;
  readonly home: TempHome;
  readonly config: string;
  run(args: readonly string[], env?: Record<string, string>): ReturnType<typeof runCommand>;
}

const scenes: Scene[] = [];
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene[Symbol.asyncDispose]();
});

interface SceneOptions extends LoginServersOptions {
  /** `hub.servers.remote` */
  readonly settings?: object;
  readonly entry?: object;
}

/** A home with one remote server, at which nobody is logged in. */
const createScene = async ({ settings, entry, ...options }: SceneOptions = {}): Promise<Scene> => {
  const servers = await startLoginServers(options);
  const home = createTempHome();
  const config = home.file('hub.json');
  const hub = settings === undefined ? {} : { hub: { servers: { remote: settings } } };
  writeFileSync(config, JSON.stringify({ mcpServers: { remote: { url: servers.url, ...entry } }, ...hub }), {
    mode: 0o600,
  });
  const scene: Scene = {
    servers,
    home,
    config,
    run: (args, env) =>
      runCommand([...args, '--config', config], {
        home,
        env: { MCP_HUB_BROWSER: `${process.execPath} ${BROWSER}`, ...env },
      }),
    async [Symbol.asyncDispose]() {
      await servers[Symbol.asyncDispose]();
      home.remove();
    },
  };
  scenes.push(scene);
  return scene;
};

const call = (scene: Scene, tool = 'whoami') => scene.run(['call', `remote__${tool}`]);

describe('a remote server that wants a login', { timeout: 60_000 }, () => {
  test('cannot be used before, and every place names the command', async () => {
    const scene = await createScene();
    const { code, stderr } = await call(scene);
    expect(code).toBe(5);
    expect(stderr).toContain('remote cannot be used: it wants a login');
    expect(stderr).toContain('hint: run: mcp-hub login remote');
    const listed = await scene.run(['list']);
    expect(listed.stdout).toMatch(/^remote +login /m);
    expect(listed.stdout).toContain('it wants a login; run: mcp-hub login remote');
    expect((await scene.run(['get', 'remote'])).stdout).toContain('needs login: ');
    expect((await scene.run(['list', '--check'])).code).toBe(5);
    expect(existsSync(join(scene.home.stateDir, 'secrets.json'))).toBe(false);
  });

  test('can be used after it, by a client that registers itself, with PKCE and for this server alone', async () => {
    const scene = await createScene();
    const { code, stdout, stderr } = await scene.run(['login', 'remote']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`remote asks for a login at ${scene.servers.issuer}, for mcp:read offline_access.`);
    expect(stdout).toContain(`logged in at remote by ${scene.servers.issuer}, for mcp:read; it renews itself`);
    expect(stdout).toContain('\n  2 tools\n  undo  mcp-hub logout remote\n');
    expect((await call(scene)).stdout).toContain('did whoami');
    expect(scene.servers.grants).toEqual(['authorization_code']);
    expect(scene.servers.registered).toHaveLength(1);
    expect((await scene.run(['list'])).stdout).toMatch(/^remote +ok /m);
    const login = JSON.parse((await scene.run(['get', 'remote', '--json'])).stdout).login;
    expect(login).toMatchObject({ upstream: 'remote', state: 'ok', issuer: scene.servers.issuer, isRenewed: true });
  });

  test('is used by a hub that was running before the login, with its next call', async () => {
    const scene = await createScene();
    const hub = await startHub({ config: readFileSync(scene.config, 'utf8'), home: scene.home });
    await hub.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    });
    const refused = await hub.request('tools/call', { name: 'remote__whoami', arguments: {} });
    expect(refused.message).toMatchObject({
      error: { code: -31019, data: { hubCode: 'LOGIN_REQUIRED', hint: 'run: mcp-hub login remote' } },
    });
    expect((await scene.run(['login', 'remote'])).code).toBe(0);
    const answered = await hub.request('tools/call', { name: 'remote__whoami', arguments: {} });
    expect(JSON.stringify(answered.message)).toContain('did whoami');
    await hub.stop();
  });

  test('has its token renewed when it refuses it, once for all hubs that meet that at once', async () => {
    const scene = await createScene();
    await scene.run(['login', 'remote']);
    await call(scene);
    scene.servers.refuseOldTokens();
    const calls = await Promise.all([call(scene), call(scene), call(scene), call(scene)]);
    expect(calls.map(({ code, stderr }) => ({ code, stderr }))).toEqual(calls.map(() => ({ code: 0, stderr: '' })));
    expect(scene.servers.grants).toEqual(['authorization_code', 'refresh_token']);
    scene.servers.refuseOldTokens();
    expect((await call(scene)).code).toBe(0);
    expect(scene.servers.grants).toEqual(['authorization_code', 'refresh_token', 'refresh_token']);
  });

  test('F33 that refuses the renewed token as well is asked twice, and the call fails with what to do', async () => {
    const scene = await createScene();
    await scene.run(['login', 'remote']);
    const hub = await startHub({ config: readFileSync(scene.config, 'utf8'), home: scene.home });
    await hub.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    });
    const callTool = () => hub.request('tools/call', { name: 'remote__whoami', arguments: {} });
    expect(JSON.stringify((await callTool()).message)).toContain('did whoami');
    const refusals = scene.servers.refuseAllTokens();
    const { message } = await callTool();
    expect(message).toMatchObject({
      error: { code: -31019, data: { hubCode: 'LOGIN_REQUIRED', hint: 'run: mcp-hub login remote' } },
    });
    expect(refusals()).toBe(2);
    expect(scene.servers.grants).toEqual(['authorization_code', 'refresh_token']);
    expect(scene.servers.calls).toEqual(['whoami']);
    await hub.stop();
  });

  test('wants a new login once its authorization server has ended the old one', async () => {
    const scene = await createScene();
    await scene.run(['login', 'remote']);
    await call(scene);
    scene.servers.forgetAll();
    const { code, stderr } = await call(scene);
    expect(code).toBe(5);
    expect(stderr).toContain('its login is over');
    expect(stderr).toContain('mcp-hub login remote');
    expect((await scene.run(['list'])).stdout).toMatch(
      /^remote +login .*\n +its login is over; run: mcp-hub login remote/m,
    );
  });

  test('is found by doctor when its login is over, or lacks a right, with the command', async () => {
    const scene = await createScene();
    const findings = async (): Promise<object[]> =>
      JSON.parse((await scene.run(['doctor', '--no-start', '--json'])).stdout).checks.filter(
        ({ check }: { check: string }) => check === 'logins',
      );
    await scene.run(['login', 'remote']);
    expect(await findings()).not.toContainEqual(expect.objectContaining({ state: 'fails' }));
    scene.servers.refuseOldTokens();
    scene.servers.forgetAll();
    expect((await call(scene)).code).toBe(5);
    expect(await findings()).toMatchObject([
      { state: 'fails', server: 'remote', message: 'its login is over', fix: 'mcp-hub login remote' },
    ]);
    expect((await scene.run(['doctor', '--no-start'])).stdout).toMatch(
      /^ {2}fails +remote +its login is over\n +fix: mcp-hub login remote$/m,
    );
    // The client is forgotten there too: a login with it would end on a page that leads nowhere.
    expect((await scene.run(['login', 'remote'])).code).toBe(0);
    expect(scene.servers.registered).toHaveLength(2);
    expect(await findings()).not.toContainEqual(expect.objectContaining({ state: 'fails' }));
  });

  test('is asked anew by a hub that serves when "auth" is edited, and by no other edit', async () => {
    const scene = await createScene();
    await scene.run(['login', 'remote']);
    const configOf = (settings: object): string =>
      JSON.stringify({ mcpServers: { remote: { url: scene.servers.url } }, hub: { servers: { remote: settings } } });
    const hub = await startHub({ config: configOf({ auth: false }), home: scene.home });
    await hub.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    });
    const told = async (): Promise<string> =>
      JSON.stringify((await hub.request('tools/call', { name: 'remote__whoami', arguments: {} })).message);
    expect(await told()).not.toContain('did whoami');
    writeFileSync(hub.configFile, configOf({}));
    await eventually('a call with the login', async () => (await told()).includes('did whoami'));
    writeFileSync(hub.configFile, configOf({ describe: { whoami: 'another word' } }));
    await eventually('the word', async () =>
      JSON.stringify((await hub.request('tools/list')).message).includes('another word'),
    );
    expect(await told()).toContain('did whoami');
    writeFileSync(hub.configFile, configOf({ auth: false }));
    await eventually('a call without it', async () => !(await told()).includes('did whoami'));
    expect(scene.servers.grants).toEqual(['authorization_code']);
    await hub.stop();
  });

  test('that names a scope only when it refuses a request is asked for that scope by the next login', async () => {
    const scene = await createScene({ askedScope: 'mcp:admin' });
    expect((await call(scene)).code).toBe(5);
    const kept = join(scene.home.stateDir, 'asked-scopes.json');
    expect(Object.values(JSON.parse(readFileSync(kept, 'utf8')).scopes)).toEqual(['mcp:admin']);
    expect((await scene.run(['login', 'remote'])).stdout).toMatch(/for .*mcp:admin/);
    expect((await call(scene, 'admin')).stdout).toContain('did admin');
    expect(JSON.parse(readFileSync(kept, 'utf8')).scopes).toEqual({});
  });

  test('that asks for more rights gets them with the next login, and is not asked for ever', async () => {
    const scene = await createScene();
    await scene.run(['login', 'remote']);
    const { code, stderr } = await call(scene, 'admin');
    expect(code).toBe(5);
    expect(stderr).toContain('it wants more rights than its login has (scope "mcp:admin")');
    expect((await scene.run(['list'])).stdout).toContain('it wants more rights than its login has');
    const again = await scene.run(['login', 'remote']);
    expect(again.stdout).toMatch(/for (?=.*mcp:read)(?=.*mcp:admin).*;/);
    expect((await call(scene, 'admin')).stdout).toContain('did admin');
    expect((await call(scene)).stdout).toContain('did whoami');
  });

  test('is logged out of, at its authorization server too', async () => {
    const scene = await createScene();
    await scene.run(['login', 'remote']);
    const { code, stdout } = await scene.run(['logout', 'remote']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'logged out of remote, and its authorization server has ended the login\n  undo  mcp-hub login remote\n',
    });
    expect((await call(scene)).stderr).toContain('it wants a login');
    expect((await scene.run(['logout', 'remote'])).code).toBe(4);
  });
});

describe('a login', { timeout: 60_000 }, () => {
  test('leaves no token in clear in any file, and none in any output', async () => {
    const scene = await createScene();
    const outputs = [
      await scene.run(['login', 'remote', '--json']),
      await call(scene),
      await scene.run(['get', 'remote', '--json']),
    ];
    const files = readdirSync(scene.home.stateDir, { withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toContain('secrets.json');
    const text = files.map(({ name }) => readFileSync(join(scene.home.stateDir, name), 'latin1')).join('');
    for (const word of ['access_token', 'refresh_token', 'Bearer ey']) {
      expect(text).not.toContain(word);
      expect(outputs.map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain(word);
    }
  });

  test('without a browser prints the address, and takes what a browser elsewhere ended at', async () => {
    const scene = await createScene();
    const child = spawn(process.execPath, [HUB_BIN, 'login', 'remote', '--no-browser', '--config', scene.config], {
      cwd: scene.home.file('work'),
      env: scene.home.env,
    });
    let said = '';
    const address = new Promise<string>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /^ {2}(http:\S+\/auth\?\S+)$/m.exec(said)?.[1];
        if (found !== undefined && said.includes('Paste that address here')) resolve(found);
      });
    });
    const ended = await openElsewhere(await address, /^ {2}(http:\S+\/callback)$/m.exec(said)?.[1] ?? '');
    child.stdin.write('not an address\n');
    child.stdin.write(`${ended.replace(/state=[^&]*/, 'state=wrong')}\n`);
    child.stdin.write(`${ended}\n`);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said).toContain('that address cannot be used: it is not an address');
    expect(said).toContain('that address cannot be used: it does not belong to this login');
    expect((await call(scene)).stdout).toContain('did whoami');
  });

  test('that is refused says why, in words that no terminal obeys', async () => {
    const scene = await createScene();
    scene.servers.isGranted = false;
    const { code, stderr } = await scene.run(['login', 'remote']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'cannot log in at remote: its authorization server says access_denied: Ada said no\\u001b[31m',
    );
    expect(stderr).not.toContain('\u001b');
  });

  test('takes the client that the configuration names, with a secret that is kept', async () => {
    const scene = await createScene({
      entry: { oauth: { clientId: 'by-hand', clientSecret: ['$', '{keychain:client}'].join('') } },
    });
    expect((await scene.run(['login', 'remote'])).stderr).toContain('remote needs');
    await runCommand(['secret', 'set', 'client'], { home: scene.home, input: 'CANARY-client-secret' });
    const { code, stderr } = await scene.run(['login', 'remote']);
    expect(code, stderr).toBe(0);
    expect(scene.servers.registered).toEqual([]);
    expect((await scene.run(['config', 'show', '--show-secrets'])).stdout).not.toContain('CANARY');
  });

  test.each([
    [
      'a metadata document of another issuer',
      { metadata: { issuer: 'https://evil.example' } },
      /not of the authorization server that was asked/,
    ],
    ['no PKCE', { metadata: { code_challenge_methods_supported: ['plain'] } }, /does not support PKCE with S256/],
    ['a description of another resource', { resource: { resource: 'https://other.example/mcp' } }, /does not match/],
    ...['javascript:alert(1)', 'file:///etc/passwd', 'http://evil.example/', '--help', 'data:text/html,x'].map(
      (address) =>
        [`the page ${address}`, { metadata: { authorization_endpoint: address } }, /cannot log in at remote: /] as [
          string,
          LoginServersOptions,
          RegExp,
        ],
    ),
  ] satisfies [string, LoginServersOptions, RegExp][])('is not begun with %s', async (_what, options, message) => {
    const scene = await createScene(options);
    const opened = scene.home.file('opened');
    const { code, stderr } = await scene.run(['login', 'remote'], { MCP_HUB_BROWSER: `/usr/bin/touch ${opened}` });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(existsSync(opened)).toBe(false);
  });

  test('passes the address to the browser as one argument, whatever is in it', async () => {
    const written = '/auth?a=$(touch pwn)&b=`touch pwn`;touch pwn';
    const scene = await createScene();
    const evil = await createScene({ metadata: { authorization_endpoint: `${scene.servers.issuer}${written}` } });
    const script = evil.home.file('print.mjs');
    writeFileSync(
      script,
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(evil.home.file('argv'))}, JSON.stringify(process.argv.slice(2))); process.exit(1);`,
    );
    const child = spawn(process.execPath, [HUB_BIN, 'login', 'remote', '--config', evil.config], {
      cwd: evil.home.file('work'),
      env: { ...evil.home.env, MCP_HUB_BROWSER: `${process.execPath} ${script}` },
    });
    await new Promise<void>((resolve) => {
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Open this address')) resolve();
      });
    });
    child.kill('SIGINT');
    await once(child, 'exit');
    const argv = JSON.parse(readFileSync(evil.home.file('argv'), 'utf8')) as string[];
    expect(argv).toHaveLength(1);
    expect(argv[0]).toContain('touch+pwn');
    expect(readdirSync(evil.home.file('work'))).toEqual([]);
  });

  test.each([
    [['login', 'nope'], 4, 'no server "nope"'],
    [['logout', 'nope'], 4, 'no server "nope"'],
    [['login'], 2, "missing required argument 'name'"],
  ])('%j says what is wrong', async (args, exit, message) => {
    const scene = await createScene();
    const { code, stderr } = await scene.run(args);
    expect(code).toBe(exit);
    expect(stderr).toContain(message);
  });

  test('is for servers with a URL that are not given a token', async () => {
    const given = await createScene({ entry: { headers: { Authorization: 'Bearer x' } } });
    expect(await given.run(['login', 'remote'])).toMatchObject({ code: 2 });
    const off = await createScene({ settings: { auth: false } });
    expect((await off.run(['login', 'remote'])).stderr).toContain('logins at remote are switched off');
  });

  test('at a server that asks for none says so', async () => {
    const server = createServer((_request, response) => void response.writeHead(404).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const home = createTempHome();
    const config = home.file('hub.json');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    writeFileSync(config, JSON.stringify({ mcpServers: { open: { url } } }), { mode: 0o600 });
    const { code, stderr } = await runCommand(['login', 'open', '--config', config], { home });
    expect(code).toBe(1);
    expect(stderr).toContain('it asks for no login (HTTP 404)');
    server.close();
    home.remove();
  });
});

/** Follows the login to the address of the hub, which a browser on another machine cannot open. */
const openElsewhere = async (address: string, redirectUri: string): Promise<string> => {
  const browser = spawn(process.execPath, [BROWSER, '--stop-before', redirectUri, address]);
  let ended = '';
  browser.stdout.on('data', (chunk: Buffer) => {
    ended += chunk.toString();
  });
  await once(browser, 'close');
  return ended;
};
