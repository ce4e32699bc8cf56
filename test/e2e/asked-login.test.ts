import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Asked,
  type AskedClient,
  type AskedClientOptions,
  connectAskedV1,
  connectAskedV2,
} from './support/asked-clients.ts';
import { type LoginServers, startLoginServers } from './support/login-servers.ts';
import { HUB_BIN, ROOT } from './support/paths.ts';
import type { Program } from './support/sdk-transports.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';

const BROWSER = join(ROOT, 'test/fixtures/login/browser.mjs');
const CAN_VISIT = { elicitation: { form: {}, url: {} } };

let home: TempHome;
let servers: LoginServers;
let client: AskedClient | undefined;
beforeEach(async () => {
  home = createTempHome();
  servers = await startLoginServers();
  writeFileSync(home.file('hub.json'), JSON.stringify({ mcpServers: { remote: { url: servers.url } } }), {
    mode: 0o600,
  });
});
afterEach(async () => {
  await client?.close();
  await servers[Symbol.asyncDispose]();
  home.remove();
});

type Answer = (asked: Asked) => Promise<Record<string, unknown>>;

const CLIENTS = {
  'a client with a session': connectAskedV1,
  'a client without one': (target: Program, options: AskedClientOptions) => connectAskedV2(target, 'modern', options),
};

const connect = async (name: keyof typeof CLIENTS, capabilities: Record<string, object>, answer?: Answer) => {
  const args = [HUB_BIN, 'serve', '--config', home.file('hub.json')];
  const program = { command: process.execPath, args, env: { ...home.env, MCP_HUB_KEYCHAIN: 'off' } };
  client = await CLIENTS[name](program, { capabilities, ...(answer && { answer }) });
  return client;
};

/** What a client does whose person agrees: it opens the address in a browser. */
const visit: Answer = async ({ params }) => {
  // The person is at it for longer than the client takes to say that it has opened the page.
  void promisify(execFile)(process.execPath, [BROWSER, String(params['url'])]);
  return { action: 'accept' };
};

const NAMES = Object.keys(CLIENTS) as (keyof typeof CLIENTS)[];

describe.each(NAMES)('a call that lacks a login, of %s', (name) => {
  test('asks the client to have the page visited, and is answered after that', async () => {
    const { callText, asked } = await connect(name, CAN_VISIT, visit);
    expect(await callText('remote__whoami')).toContain('did whoami');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      method: 'elicitation/create',
      params: { mode: 'url', message: expect.stringContaining(`remote asks for a login at ${servers.issuer}`) },
    });
    expect(new URL(String(asked[0]?.params['url'])).origin).toBe(new URL(servers.issuer).origin);
    expect(await callText('remote__whoami')).toContain('did whoami');
    expect(asked).toHaveLength(1);
    expect(servers.grants).toEqual(['authorization_code']);
  }, 60_000);

  test('is refused with the command where the person does not want it, and asks again the next time', async () => {
    const { callText, asked } = await connect(name, CAN_VISIT, async () => ({ action: 'decline' }));
    for (const times of [1, 2]) {
      await expect(callText('remote__whoami')).rejects.toMatchObject({
        code: -31019,
        data: { hubCode: 'LOGIN_REQUIRED', hint: 'run: mcp-hub login remote' },
      });
      expect(asked).toHaveLength(times);
    }
    expect(servers.grants).toEqual([]);
  }, 60_000);

  test('is refused with the command where the client cannot have a page visited', async () => {
    const { callText, asked } = await connect(name, { elicitation: { form: {} } });
    await expect(callText('remote__whoami')).rejects.toMatchObject({ data: { hubCode: 'LOGIN_REQUIRED' } });
    expect(asked).toEqual([]);
  }, 60_000);
});

test('calls that lack the same login share one page', async () => {
  const urls = new Set<unknown>();
  const { callText } = await connect('a client with a session', CAN_VISIT, async (asked) => {
    if (urls.size === 0) void visit(asked);
    urls.add(asked.params['url']);
    return { action: 'accept' };
  });
  const texts = await Promise.all(['whoami', 'whoami', 'whoami'].map((tool) => callText(`remote__${tool}`)));
  expect(texts.every((text) => text.includes('did whoami'))).toBe(true);
  expect(urls.size).toBe(1);
  expect(servers.grants).toEqual(['authorization_code']);
}, 60_000);
