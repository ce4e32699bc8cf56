import { afterAll, describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { modernMeta } from './support/conversation.ts';
import { readEvilLog } from './support/evil-log.ts';
import { type HubProcess, startDirectly, startHub } from './support/hub-process.ts';
import { fixture } from './support/paths.ts';
import type { Received, WireMessage } from './support/received.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer, modernServer } from './support/upstreams.ts';

const INITIALIZE = {
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
};
const INITIALIZED = { method: 'notifications/initialized' };
const PING = { method: 'ping' };
const LIST = { method: 'tools/list' };
const modern = (method: string, meta: object = modernMeta()): object => ({ method, params: { _meta: meta } });
const DISCOVER = modern('server/discover');
const MODERN_LIST = modern('tools/list');

/** What a client sends, one after the other; requests are those without `notifications/`. */
const SEQUENCES: Readonly<Record<string, readonly object[]>> = {
  'a legacy session': [INITIALIZE, INITIALIZED, PING, LIST],
  'a look by server/discover does not decide': [DISCOVER, INITIALIZE, INITIALIZED, LIST, PING],
  'server/discover may be repeated': [DISCOVER, DISCOVER, MODERN_LIST],
  'a modern request decides': [MODERN_LIST, INITIALIZE, MODERN_LIST],
  'a modern request after a look decides': [DISCOVER, MODERN_LIST, INITIALIZE],
  'initialize decides': [INITIALIZE, INITIALIZED, DISCOVER, MODERN_LIST],
  'a modern connection wants the envelope': [MODERN_LIST, LIST, { ...LIST, params: { _meta: {} } }],
  'a modern connection knows no ping': [MODERN_LIST, modern('ping'), PING],
  'a legacy connection knows no discovery without an envelope': [INITIALIZE, { method: 'server/discover' }],
  'a client that never says initialize is a legacy one': [LIST, PING, MODERN_LIST],
  'ping may come before initialize': [PING, INITIALIZE, LIST],
  'an unknown revision is refused': [
    modern('tools/list', { ...modernMeta(), 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }),
    INITIALIZE,
  ],
  'an unknown revision is refused in discovery': [
    modern('server/discover', { ...modernMeta(), 'io.modelcontextprotocol/protocolVersion': '1900-01-01' }),
    DISCOVER,
  ],
  'an envelope without capabilities is refused': [
    modern('tools/list', { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }),
    INITIALIZE,
  ],
  'unknown methods are refused, legacy': [INITIALIZE, INITIALIZED, { method: 'no/such' }],
  'unknown methods are refused, modern': [modern('no/such'), MODERN_LIST],
  'an older revision is kept': [
    { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: '2025-03-26' } },
    INITIALIZED,
    LIST,
  ],
  'a revision that nobody knows becomes the newest legacy one': [
    { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: '2031-01-01' } },
    LIST,
  ],
  'initialize that names the modern revision becomes legacy': [
    { ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: '2026-07-28' } },
    LIST,
  ],
};

/** What of an answer decides whether two servers behave alike: everything but texts and what they offer. */
const shapeOf = ({ message }: Received): object => {
  const { result, error } = message as WireMessage;
  if (error !== undefined) return { code: error.code, supported: (error.data as { supported?: string[] })?.supported };
  return {
    resultType: result?.['resultType'],
    protocolVersion: result?.['protocolVersion'],
    supportedVersions: result?.['supportedVersions'],
    hasHints: result?.['ttlMs'] !== undefined && result['cacheScope'] !== undefined,
  };
};

const play = async (server: HubProcess, sequence: readonly object[]): Promise<object[]> => {
  const shapes: object[] = [];
  for (const message of sequence as readonly { method: string; params?: object }[]) {
    if (message.method.startsWith('notifications/')) server.notify(message.method, message.params);
    else shapes.push(shapeOf(await server.request(message.method, message.params)));
  }
  return shapes;
};

describe('on stdio the hub does as the dual-era server of the SDK does', () => {
  const config = { mcpServers: { old: legacyServer('old') } };
  const model = { command: process.execPath, args: [fixture('dual-era.ts')] };

  test.each(Object.entries(SEQUENCES))(
    '%s',
    async (_name, sequence) => {
      await using sdk = await startDirectly(model);
      await using hub = await startHub({ config });
      const [expected, got] = await Promise.all([play(sdk, sequence), play(hub, sequence)]);
      expect(got).toEqual(expected);
    },
    20_000,
  );
});

describe('before anything is asked of an upstream', () => {
  const home = createTempHome();
  const evilLog = home.file('evil.ndjson');
  afterAll(() => home.remove());
  const config = {
    mcpServers: { old: legacyServer('old', { log: evilLog }), new: modernServer('new', { log: evilLog }) },
    hub: { servers: { old: { start: 'eager' } } },
  };

  test('initialize, ping and server/discover start no upstream, and nothing is made on disk', async () => {
    verifies('version:discover', 'stdio:stdout:only-messages');
    const hub = await startHub({ config, home });
    const discover = await hub.request('server/discover', { _meta: modernMeta() });
    expect(discover.message.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: { listChanged: true }, prompts: {}, resources: {}, completions: {} },
      ttlMs: expect.any(Number) as number,
      cacheScope: expect.stringMatching(/^(public|private)$/) as string,
    });
    const initialize = await hub.request(INITIALIZE.method, INITIALIZE.params);
    expect(initialize.message.result).toMatchObject({
      protocolVersion: '2025-11-25',
      serverInfo: { name: expect.any(String) as string, version: expect.any(String) as string },
      capabilities: { tools: { listChanged: true }, prompts: { listChanged: true }, resources: { listChanged: true } },
    });
    expect((await hub.request('ping')).message.result).toEqual({});
    expect(await hub.stop()).toEqual({ code: 0, signal: null });
    expect(readEvilLog(evilLog)).toEqual([]);
  });

  test('two copies may run at once, and one may be killed', async () => {
    await using kept = await startHub({ config, home });
    const killed = await startHub({ config, home });
    await Promise.all([kept, killed].map((hub) => hub.request('server/discover', { _meta: modernMeta() })));
    killed.kill('SIGKILL');
    await killed.exited;
    expect((await kept.request('tools/list', { _meta: modernMeta() })).message.result).toHaveProperty('tools');
  }, 20_000);
});
