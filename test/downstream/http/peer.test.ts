import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comesFromElsewhere } from '../../../src/downstream/http/peer.ts';
import { type LoginServers, startLoginServers } from '../../e2e/support/login-servers.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';

const from = (remoteAddress: string | undefined, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

describe('a client', () => {
  test.each(['127.0.0.1', '127.0.0.53', '::1', '::ffff:127.0.0.1'])('at %s is on this machine', (address) =>
    expect(comesFromElsewhere(from(address))).toBe(false),
  );

  test.each(['192.168.1.7', '10.0.0.1', '::ffff:192.168.1.7', 'fe80::1', '1127.0.0.1', undefined])(
    'at %s may be elsewhere',
    (address) => expect(comesFromElsewhere(from(address))).toBe(true),
  );

  test.each(['forwarded', 'x-forwarded-for'])('behind a proxy that says so in %s may be elsewhere', (header) =>
    expect(comesFromElsewhere(from('127.0.0.1', { [header]: 'for=192.168.1.7' }))).toBe(true),
  );
});

describe('a call that lacks a login', () => {
  let servers: LoginServers;
  let http: HttpHub;
  beforeAll(async () => {
    servers = await startLoginServers();
    http = await startHttpHub({ mcpServers: { remote: { url: servers.url } } });
  });
  afterAll(async () => {
    await http.stop();
    await servers[Symbol.asyncDispose]();
  });
  const capabilities = { elicitation: { url: {} } };
  const params = { name: 'remote__whoami', arguments: {} };
  const meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities };
  const refusal = { error: { code: -31019, data: { hubCode: 'LOGIN_REQUIRED', hint: 'run: mcp-hub login remote' } } };
  const headers = { forwarded: 'for=192.168.1.7' };

  test('has a client on this machine asked, and one elsewhere refused with the command', async () => {
    const { message } = await http.modern('tools/call', params, { meta });
    expect(message.result).toMatchObject({
      resultType: 'input_required',
      inputRequests: { login: { method: 'elicitation/create', params: { mode: 'url' } } },
    });
    expect((await http.modern('tools/call', params, { meta, headers })).message).toMatchObject(refusal);
  }, 30_000);

  test('does so for clients with a session, too', async () => {
    const here = await http.session(capabilities);
    const stream = await here.openPost({ id: 1, method: 'tools/call', params });
    await stream.next(({ message }) => message?.method === 'elicitation/create');
    const there = await http.session(capabilities, http.token, headers);
    expect((await there.call(1, params.name)).message).toMatchObject(refusal);
  }, 30_000);
});
