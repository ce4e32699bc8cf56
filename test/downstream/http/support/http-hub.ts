import { writeFileSync } from 'node:fs';
import { loadConfig } from '../../../../src/config/load.ts';
import {
  type HttpServer,
  type HttpServerOptions,
  openHttpServer,
} from '../../../../src/downstream/http/http-server.ts';
import { createTokenCheck, readToken } from '../../../../src/downstream/http/token.ts';
import type { HubEvent } from '../../../../src/events/events.ts';
import { createHub, type Hub } from '../../../../src/hub/hub.ts';
import { modernMeta } from '../../../e2e/support/conversation.ts';
import { createTempHome, type TempHome } from '../../../e2e/support/temp-home.ts';
import { legacyServer, type UpstreamEntry } from '../../../e2e/support/upstreams.ts';
import { type Answer, createRawClient, type OpenStream, postHeaders, type RawClient } from './raw-client.ts';

export interface HttpHubOptions {
  /** Default: one legacy server, `one`. */
  readonly mcpServers?: Readonly<Record<string, UpstreamEntry>>;
  readonly hub?: object;
  readonly server?: Partial<HttpServerOptions>;
}

/** A hub in this process that serves on HTTP, in a home of its own. */
export interface HttpHub {
  readonly hub: Hub;
  readonly server: HttpServer;
  readonly home: TempHome;
  readonly token: string;
  readonly events: readonly HubEvent[];
  /** What happens to the upstreams, see evil-log.ts. */
  readonly log: string;
  readonly raw: RawClient;
  /** One modern request; its name goes into the header as it is. */
  modern(method: string, params?: object, options?: ModernOptions): Promise<Answer>;
  openModern(method: string, params?: object, options?: ModernOptions): Promise<OpenStream>;
  /** Opens a legacy session. */
  session(capabilities?: object, token?: string, headers?: Readonly<Record<string, string>>): Promise<RawSession>;
  stop(): Promise<void>;
}

export interface ModernOptions {
  readonly id?: string | number;
  readonly meta?: object;
  /** Take the place of the right ones; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface RawSession {
  readonly id: string;
  readonly headers: Record<string, string>;
  post(message: object): Promise<Answer>;
  openPost(message: object): Promise<OpenStream>;
  listen(lastEventId?: string): Promise<OpenStream>;
  call(id: string | number, name: string, args?: object): Promise<Answer>;
}

export const startHttpHub = async (options: HttpHubOptions = {}): Promise<HttpHub> => {
  const home = createTempHome();
  const log = home.file('evil.log');
  const configFile = home.file('mcp-hub.config.json');
  const mcpServers = options.mcpServers ?? { one: legacyServer('one', { log }) };
  writeFileSync(configFile, JSON.stringify({ mcpServers, hub: { timeouts: { graceMs: 2_000 }, ...options.hub } }));
  const config = await loadConfig({ env: home.env, cwd: home.file('work'), configFile });
  const env = { ...home.env, MCP_HUB_KEYCHAIN: 'off' };
  const hub = createHub({ config, stateDir: home.stateDir, env, log: false, stderr: () => {} });
  const events: HubEvent[] = [];
  hub.bus.listen((event) => void events.push(event));
  const token = readToken(home.stateDir);
  const server = await openHttpServer({
    ...hub,
    port: 0,
    hosts: [],
    authenticate: createTokenCheck(home.stateDir),
    maxBodyBytes: config.limits.httpBodyBytes,
    maxQueueBytes: config.limits.clientQueueBytes,
    graceMs: config.timeouts.graceMs,
    ...options.server,
  });
  const raw = createRawClient(server.url);
  const modernRequest = (method: string, params: object = {}, { id = 1, meta, headers }: ModernOptions = {}) => {
    const { name, uri } = params as { name?: string; uri?: string };
    const standard = {
      ...postHeaders(token),
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...((name ?? uri) !== undefined && { 'mcp-name': name ?? uri }),
      ...headers,
    };
    return {
      headers: Object.fromEntries(
        Object.entries(standard).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      body: { jsonrpc: '2.0', id, method, params: { ...params, _meta: modernMeta(meta) } },
    };
  };
  return {
    hub,
    server,
    home,
    token,
    events,
    log,
    raw,
    modern: (...request) => raw.send(modernRequest(...request)),
    openModern: (...request) => raw.open(modernRequest(...request)),
    session: (capabilities, withToken = token, headers = {}) => openSession(raw, withToken, capabilities, headers),
    async stop() {
      raw.close();
      await server.close();
      await hub.close();
      home.remove();
    },
  };
};

const openSession = async (
  raw: RawClient,
  token: string,
  capabilities: object = {},
  more: object = {},
): Promise<RawSession> => {
  const clientInfo = { name: 'raw-legacy', version: '1.2.3' };
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo };
  const opened = await raw.send({
    headers: { ...postHeaders(token), ...more },
    body: { jsonrpc: '2.0', id: 'init', method: 'initialize', params },
  });
  const id = String(opened.headers['mcp-session-id']);
  const headers = { ...postHeaders(token), ...more, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
  const post = (message: object): Promise<Answer> => raw.send({ headers, body: { jsonrpc: '2.0', ...message } });
  await post({ method: 'notifications/initialized' });
  return {
    id,
    headers,
    post,
    openPost: (message) => raw.open({ headers, body: { jsonrpc: '2.0', ...message } }),
    listen: (lastEventId) =>
      raw.open({
        method: 'GET',
        headers: { ...headers, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
      }),
    call: (id, name, args = {}) => post({ id, method: 'tools/call', params: { name, arguments: args } }),
  };
};
