import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHub, type Hub } from '../../src/hub/hub.ts';
import type { LocalReply } from '../../src/hub/local-client.ts';
import { type RawHttp, type RawRequest, sendJson, startRawHttp } from '../fixtures/transport/raw-http.ts';
import { hubConfig } from '../support/hub-config.ts';
import { upstreamConfig } from '../support/upstream-config.ts';
import { verifies } from './requirements/verifies.ts';
import { createTempHome } from './support/temp-home.ts';

const marked = (header: unknown, type = 'string') => ({ type, 'x-mcp-header': header });
const withProperties = (name: string, properties: object) => ({ name, inputSchema: { type: 'object', properties } });

const TOOLS = [
  withProperties('query', {
    region: marked('Region'),
    where: { type: 'object', properties: { city: marked('City') } },
  }),
  withProperties('spaced', { region: marked('My Region') }),
  withProperties('fraction', { ratio: marked('Ratio', 'number') }),
  withProperties('plain', { region: { type: 'string' } }),
];

const RESULTS: Readonly<Record<string, object>> = {
  'server/discover': {
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    ttlMs: 0,
    cacheScope: 'private',
  },
  'tools/list': { tools: TOOLS, ttlMs: 0, cacheScope: 'private' },
  'tools/call': { content: [{ type: 'text', text: 'done' }] },
};

const answer = ({ body }: RawRequest, response: ServerResponse): unknown => {
  const { id, method } = JSON.parse(body) as { id?: number; method: string };
  if (id === undefined) return response.writeHead(202).end();
  const result = { ...RESULTS[method], resultType: 'complete' };
  return sendJson(response, JSON.stringify({ jsonrpc: '2.0', id, result }));
};

describe('arguments that an HTTP server wants as headers', () => {
  const home = createTempHome();
  const said: string[] = [];
  let server: RawHttp;
  let hub: Hub;

  beforeAll(async () => {
    server = await startRawHttp(answer);
    const transport = { type: 'http', url: server.url, headers: {} } as const;
    hub = createHub({
      config: hubConfig([upstreamConfig('remote', { transport })]),
      stateDir: home.stateDir,
      env: home.env,
      log: false,
      stderr: (line) => void said.push(line),
    });
  });
  afterAll(async () => {
    await hub.close();
    await server.stop();
    home.remove();
  });

  const request = (method: string, params: object = {}): Promise<LocalReply> =>
    hub.connectLocalClient({ name: 'local', version: '1' }).request(method, params as never);
  const headersOfCall = async (args: object): Promise<RawRequest['headers'] | undefined> => {
    expect(await request('tools/call', { name: 'remote__query', arguments: args })).toMatchObject({ ok: true });
    return server.requests.findLast(({ body }) => body.includes('"tools/call"'))?.headers;
  };

  test('are sent as headers too, encoded where they have to be', async () => {
    verifies('http:param-headers:sent', 'http:param-headers:path', 'http:param-headers:encoded');
    expect(await headersOfCall({ region: 'eu', where: { city: 'Zürich' } })).toMatchObject({
      'mcp-name': 'query',
      'mcp-param-region': 'eu',
      'mcp-param-city': '=?base64?WsO8cmljaA==?=',
    });
  });

  test('that are absent or null are not', async () => {
    verifies('http:param-headers:absent');
    const headers = await headersOfCall({ region: null });
    expect(Object.keys(headers ?? {}).filter((name) => name.startsWith('mcp-param-'))).toEqual([]);
  });

  test('in a way that HTTP cannot have leave their tool out of the list, and no other', async () => {
    verifies('tools:x-mcp-header:left-out');
    const list = await request('tools/list');
    const names = list.ok ? (list.result['tools'] as { name: string }[]).map(({ name }) => name) : [];
    expect(names).toEqual(['remote__query', 'remote__plain']);
  });

  test('in such a way are told of, with the tool and the reason', () => {
    verifies('tools:x-mcp-header:warned');
    expect(
      said.filter((line) => /remote.*"spaced".*x-mcp-header of region is not a header name/.test(line)),
    ).toHaveLength(1);
    expect(
      said.filter((line) => /remote.*"fraction".*x-mcp-header of ratio is on something other/.test(line)),
    ).toHaveLength(1);
  });
});
