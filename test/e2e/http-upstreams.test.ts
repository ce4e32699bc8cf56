import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { initialize, modernMeta, type Talker, talker, textOf } from './support/conversation.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { type McpHttpServer, serveModernHttp, serveSse, serveStreamableHttp } from './support/mcp-http-servers.ts';
import { eventually } from './support/processes.ts';
import type { UpstreamEntry } from './support/upstreams.ts';

const KINDS = [
  ['streamable', 'http', '/mcp', serveStreamableHttp],
  ['sse', 'sse', '/sse', serveSse],
  ['modern', 'http', '/mcp', serveModernHttp],
] as const;

describe.each(['legacy', 'modern'] as const)('a %s client', (era) => {
  const servers = new Map<string, McpHttpServer>();
  let hub: HubProcess;
  let client: Talker;

  const serverOf = (name: string): McpHttpServer => {
    const server = servers.get(name);
    if (server === undefined) throw new Error(`${name} does not run`);
    return server;
  };

  beforeAll(async () => {
    const mcpServers: Record<string, UpstreamEntry> = {};
    for (const [name, type, path, serve] of KINDS) {
      const server = await serve();
      servers.set(name, server);
      mcpServers[name] = { type, url: `${server.url}${path}`, headers: { 'X-Test': `for ${name}` } };
    }
    hub = await startHub({ config: { mcpServers } });
    if (era === 'legacy') await initialize(hub);
    client = talker(hub, era);
    await client.names('tools');
  }, 30_000);

  afterAll(async () => {
    await hub.stop();
    for (const server of servers.values()) await server.close();
  }, 30_000);

  describe.each(KINDS.map(([name]) => name))('with the %s server', (name) => {
    test('lists and uses what it offers', async () => {
      verifies('http-legacy:http-sse');
      expect(await client.names('tools')).toEqual(expect.arrayContaining([`${name}__echo`, `${name}__slow`]));
      expect(await client.names('prompts')).toContain(`${name}__greet`);
      expect(await client.callText(`${name}__echo`, { m: 'Grüße' })).toBe('Grüße');
      const prompt = await client.request('prompts/get', { name: `${name}__greet` });
      expect(prompt.message.result).toHaveProperty('messages');
    });

    test('sends it the configured headers', () => {
      const requests = serverOf(name).seen;
      expect(requests.length).toBeGreaterThan(2);
      for (const { headers } of requests) expect(headers['x-test']).toBe(`for ${name}`);
    });

    test('hears of progress', async () => {
      const progressToken = `${name}-${era}`;
      const answer = await client.call(`${name}__progress`, {}, { meta: { progressToken } });
      expect(textOf(answer)).toBe('3 steps');
      const reports = hub.messages.filter(({ message }) => message.params?.['progressToken'] === progressToken);
      expect(reports.map(({ message }) => message.params?.['progress'])).toEqual([1, 2, 3]);
    });

    test('can cancel', async () => {
      const id = `cancel-${name}`;
      const server = serverOf(name);
      const params = { name: `${name}__slow`, arguments: {}, ...(era === 'modern' && { _meta: modernMeta() }) };
      hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`);
      await eventually('the call to arrive', () => server.seen.some(({ rpcName }) => rpcName === 'slow'));
      hub.notify('notifications/cancelled', { requestId: id });
      await eventually('the server to hear of it', () => server.cancelled.length > 0);
    });

    test('is told when its tools change', async () => {
      if (era === 'modern') {
        const params = { notifications: { toolsListChanged: true }, _meta: modernMeta() };
        hub.sendRaw(
          `${JSON.stringify({ jsonrpc: '2.0', id: `listen-${name}`, method: 'subscriptions/listen', params })}\n`,
        );
        await hub.nextMessage(({ method }) => method === 'notifications/subscriptions/acknowledged');
      }
      const seen = hub.messages.length;
      await client.call(`${name}__grow`);
      await eventually('the notification', () =>
        hub.messages.slice(seen).some(({ message }) => message.method === 'notifications/tools/list_changed'),
      );
      await eventually('the new tool', async () => (await client.names('tools')).includes(`${name}__grown`));
    });
  });

  test('a resource that all three offer is there three times', async () => {
    verifies('resources:read');
    const uris = (await client.names('resources')).filter((uri) => uri.includes('one'));
    expect(uris).toHaveLength(3);
    const texts = await Promise.all(
      uris.map(async (uri) => {
        const { message } = await client.request('resources/read', { uri });
        return (message.result?.['contents'] as { text: string }[] | undefined)?.[0]?.text;
      }),
    );
    expect(texts.sort()).toEqual(['modern-http', 'sse', 'streamable']);
  });

  test('the modern server gets the headers of its revision, with its own names', async () => {
    verifies('http:version-header:sent', 'http:standard-headers:sent');
    await client.callText('modern__echo', { m: 'x' });
    const call = serverOf('modern').seen.findLast(({ rpcName }) => rpcName === 'echo');
    expect(call?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
    });
    expect(serverOf('modern').seen.map(({ rpcMethod }) => rpcMethod)).not.toContain('initialize');
  });

  test('a session that the server has forgotten is opened anew', async () => {
    verifies('http-legacy:session:opened-anew');
    const server = serverOf('streamable');
    const initializations = (): number => server.seen.filter(({ rpcMethod }) => rpcMethod === 'initialize').length;
    const before = initializations();
    server.forgetSessions();
    expect(await client.callText('streamable__echo', { m: 'again' })).toBe('again');
    expect(initializations()).toBe(before + 1);
  });
});

describe('a server that cannot be reached', () => {
  test('costs only itself, and is explained by its name and address', async () => {
    const gone = await serveStreamableHttp();
    await gone.close();
    const alive = await serveStreamableHttp();
    const mcpServers = {
      gone: { type: 'http', url: `${gone.url}/mcp`, headers: { Authorization: 'Bearer canary-secret' } },
      alive: { type: 'http', url: `${alive.url}/mcp` },
    };
    await using hub = await startHub({ config: { mcpServers, hub: { timeouts: { firstListMs: 3000 } } } });
    await initialize(hub);
    const client = talker(hub, 'legacy');
    expect(await client.names('tools')).toContain('alive__echo');
    const { error } = (await client.call('gone__echo', { m: 'x' })).message;
    expect(error?.message).toContain('gone');
    await eventually('the reason on stderr', () => /\bgone\b/.test(hub.stderr()));
    expect(hub.stderr()).not.toContain('canary-secret');
    await hub.stop();
    await alive.close();
  }, 20_000);
});
