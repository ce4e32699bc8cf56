import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRawClient, postHeaders, type RawClient } from '../downstream/http/support/raw-client.ts';
import { readEvilLog } from './support/evil-log.ts';
import { type ServedHub, serveOnHttp } from './support/http-hub.ts';
import { eventually, isAlive } from './support/processes.ts';
import type { WireMessage } from './support/received.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { legacyServer } from './support/upstreams.ts';

let logs: TempHome;
let served: ServedHub;
let raw: RawClient;
beforeEach(async () => {
  logs = createTempHome();
  const log = logs.file('evil.ndjson');
  served = await serveOnHttp({
    mcpServers: { good: legacyServer('good', { log }), evil: legacyServer('evil', { log }) },
  });
  raw = createRawClient(served.url);
}, 30_000);
afterEach(async () => {
  raw.close();
  await served.stop();
  logs.remove();
}, 30_000);

/** A legacy session that has got all lists, and reads what the hub says of its own accord. */
const openSession = async () => {
  let lastId = 0;
  let headers: Record<string, string> = postHeaders(served.token);
  const bodyOf = (method: string, params: object) => ({ jsonrpc: '2.0', id: ++lastId, method, params });
  const post = async (method: string, params: object = {}) => raw.send({ headers, body: bodyOf(method, params) });
  const opened = await post('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  });
  headers = {
    ...headers,
    'mcp-session-id': String(opened.headers['mcp-session-id']),
    'mcp-protocol-version': '2025-11-25',
  };
  await raw.send({ headers, body: { jsonrpc: '2.0', method: 'notifications/initialized' } });
  const news = await raw.open({ method: 'GET', headers: { ...headers, accept: 'text/event-stream' } });
  const request = async (method: string, params?: object): Promise<WireMessage> => (await post(method, params)).message;
  const tools = async (): Promise<string[]> =>
    (((await request('tools/list')).result?.['tools'] ?? []) as Array<{ name: string }>).map(({ name }) => name);
  const pidOf = async (upstream: string): Promise<number> => {
    const { result } = await request('tools/call', { name: `${upstream}__whoami`, arguments: {} });
    const content = (result?.['content'] ?? []) as Array<{ text: string }>;
    return JSON.parse(content[0]?.text ?? '{}').pid as number;
  };
  const told = (method: string): number => news.events.filter(({ message }) => message?.method === method).length;
  return { news, request, tools, pidOf, told };
};

const TOOLS_CHANGED = 'notifications/tools/list_changed';

test('an edit over HTTP is told once to each session, drops no call, and ends what it takes out', async () => {
  const log = logs.file('evil.ndjson');
  const [one, other] = [await openSession(), await openSession()];
  expect(await one.tools()).toEqual(await other.tools());
  const evil = await one.pidOf('evil');
  const slow = one.request('tools/call', { name: 'good__slow', arguments: { ms: 1_500 } });
  await eventually('the call to arrive', () => readEvilLog(log).some(({ raw: text }) => text?.includes('"ms":1500')));

  writeFileSync(
    served.hub.configFile,
    JSON.stringify({
      mcpServers: { good: legacyServer('good', { log }) },
      hub: { servers: { good: { prefix: 'g' } } },
    }),
  );
  for (const { news } of [one, other]) await news.next(({ message }) => message?.method === TOOLS_CHANGED, 10_000);
  for (const { tools } of [one, other]) {
    const names = await tools();
    expect(names).toContain('g__echo');
    expect(names.filter((name) => !name.startsWith('g__'))).toEqual([]);
  }
  expect(JSON.stringify((await slow).result)).toContain('waited 1500');
  await eventually('the end of the server', () => !isAlive(evil));
  const after = await other.request('tools/call', { name: 'g__echo', arguments: { m: 'still here' } });
  expect(JSON.stringify(after.result)).toContain('still here');
  expect([one.told(TOOLS_CHANGED), other.told(TOOLS_CHANGED)]).toEqual([1, 1]);
}, 30_000);
