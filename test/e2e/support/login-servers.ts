import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

/** A real authorization server, and an MCP server that takes its tokens. */
export interface LoginServers extends AsyncDisposable {
  /** The MCP server. */
  readonly url: string;
  readonly issuer: string;
  /** What the authorization server was asked at its token endpoint, a `grant_type` each. */
  readonly grants: readonly string[];
  /** Ids of the clients that have registered themselves. */
  readonly registered: readonly string[];
  /** Calls that the MCP server has answered. */
  readonly calls: readonly string[];
  /** The MCP server takes no token any more that it has taken before. */
  refuseOldTokens(): void;
  /** The authorization server forgets every token and grant. */
  forgetAll(): void;
  /** Whether the person agrees on the page of the login; default true. */
  isGranted: boolean;
}

export interface LoginServersOptions {
  /** Where the MCP server says that it is described; default: where it is. */
  readonly resourceMetadata?: string;
  /** Members of the resource metadata that are replaced. */
  readonly resource?: object;
  /** Members of the metadata of the authorization server that are replaced. */
  readonly metadata?: object;
  /** The MCP server lets everybody open a connection, and names this scope when it refuses what comes after. */
  readonly askedScope?: string;
}

export const startLoginServers = async (options: LoginServersOptions = {}): Promise<LoginServers> => {
  const grants: string[] = [];
  const registered: string[] = [];
  const calls: string[] = [];
  const seen = new Set<string>();
  const refused = new Set<string>();
  const asServer = createServer();
  const issuer = await listen(asServer);
  const mcpServer = createServer();
  const origin = await listen(mcpServer);
  const url = `${origin}/mcp`;
  const provider = createProvider(issuer, url);
  const state = { isGranted: true };
  provider.on('registration_create.success', (_context, client) => registered.push(client.clientId));
  const handle = provider.callback();
  asServer.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) return void interact(provider, request, response, state.isGranted);
    if (options.metadata && request.url?.startsWith('/.well-known/'))
      return void replaced(issuer, options.metadata, request, response);
    if (request.url === '/token') noteGrant(request, grants);
    void handle(request, response);
  });

  mcpServer.on('request', async (request, response) => {
    if (request.url?.startsWith('/.well-known/oauth-protected-resource')) {
      const description = {
        resource: url,
        authorization_servers: [issuer],
        scopes_supported: ['mcp:read', 'offline_access'],
        ...options.resource,
      };
      return json(response, 200, description);
    }
    if (request.method !== 'POST' || request.url !== '/mcp') return void response.writeHead(405).end();
    const value = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const token = value === undefined ? undefined : await provider.AccessToken.find(value);
    const metadata = options.resourceMetadata ?? `${origin}/.well-known/oauth-protected-resource/mcp`;
    if (value === undefined && options.askedScope !== undefined) {
      const message = JSON.parse(await bodyOf(request)) as { id?: unknown; method: string };
      if (message.id === undefined) return void response.writeHead(202).end();
      if (message.method === 'initialize')
        return json(response, 200, { jsonrpc: '2.0', id: message.id, ...answerTo(message) });
      const challenge = `Bearer scope="${options.askedScope}", resource_metadata="${metadata}"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    if (value === undefined || token === undefined || !token.isValid || token.aud !== url || refused.has(value)) {
      const error = value === undefined ? '' : ', error="invalid_token"';
      return void response
        .writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"${error}` })
        .end();
    }
    seen.add(value);
    const message = JSON.parse(await bodyOf(request)) as {
      id?: unknown;
      method: string;
      params?: { name?: string; protocolVersion?: string };
    };
    if (message.id === undefined) return void response.writeHead(202).end();
    const { name } = message.params ?? {};
    if (name === 'admin' && !token.scopes.has('mcp:admin')) {
      const challenge = `Bearer error="insufficient_scope", scope="mcp:admin", resource_metadata="${metadata}"`;
      return void response.writeHead(403, { 'www-authenticate': challenge }).end();
    }
    if (name !== undefined) calls.push(name);
    json(response, 200, { jsonrpc: '2.0', id: message.id, ...answerTo(message) });
  });

  const close = (server: Server): void => {
    server.close();
    server.closeAllConnections();
  };
  return {
    url,
    issuer,
    grants,
    registered,
    calls,
    refuseOldTokens: () => {
      for (const token of seen) refused.add(token);
    },
    forgetAll: () => memory.clear(),
    get isGranted() {
      return state.isGranted;
    },
    set isGranted(value) {
      state.isGranted = value;
    },
    async [Symbol.asyncDispose]() {
      close(asServer);
      close(mcpServer);
    },
  };
};

const listen = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const SCOPES = ['mcp:read', 'mcp:admin', 'offline_access'];

const createProvider = (issuer: string, resource: string): Provider => {
  const configuration: Configuration = {
    adapter: MemoryAdapter,
    scopes: SCOPES,
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        defaultResource: () => resource,
        getResourceServerInfo: () => ({
          scope: 'mcp:read mcp:admin',
          audience: resource,
          accessTokenFormat: 'opaque',
          accessTokenTTL: 3600,
        }),
      },
    },
    clients: [
      {
        client_id: 'by-hand',
        client_secret: 'CANARY-client-secret',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        application_type: 'native',
      },
    ],
    rotateRefreshToken: () => true,
    issueRefreshToken: (_context, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['test'] },
    ttl: { Interaction: 600, Grant: 3600, Session: 3600, RefreshToken: 3600, AuthorizationCode: 60, AccessToken: 3600 },
  };
  return new Provider(issuer, configuration);
};

/** The person: logs in as `ada` and agrees to all that is asked for, or to nothing. */
const interact = async (
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  isGranted: boolean,
): Promise<void> => {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (!isGranted) {
    const refusal = { error: 'access_denied', error_description: 'Ada said no\u001b[31m' };
    return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  if (prompt.name === 'login')
    return provider.interactionFinished(
      request,
      response,
      { login: { accountId: 'ada' } },
      { mergeWithLastSubmission: false },
    );
  const accountId = session?.accountId ?? 'ada';
  const grant =
    (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
    new provider.Grant({ accountId, clientId: String(params['client_id']) });
  const scope = String(params['scope'] ?? '');
  grant.addOIDCScope(scope);
  grant.addResourceScope(String(params['resource']), scope);
  await provider.interactionFinished(
    request,
    response,
    { consent: { grantId: await grant.save() } },
    { mergeWithLastSubmission: true },
  );
};

/** The metadata of the authorization server with some of its members replaced. */
const replaced = async (
  issuer: string,
  members: object,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (!request.url?.includes('openid-configuration')) return void response.writeHead(404).end();
  json(response, 200, {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/reg`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    ...members,
  });
};

/** The body is left to the provider. */
const noteGrant = (request: IncomingMessage, grants: string[]): void => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => grants.push(new URLSearchParams(body).get('grant_type') ?? ''));
};

const TOOLS = ['whoami', 'admin'].map((name) => ({ name, inputSchema: { type: 'object' } }));

const answerTo = ({
  method,
  params,
}: {
  method: string;
  params?: { name?: string; protocolVersion?: string };
}): object => {
  switch (method) {
    case 'initialize':
      return {
        result: {
          protocolVersion: params?.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'guarded', version: '1' },
        },
      };
    case 'tools/list':
      return { result: { tools: TOOLS } };
    case 'tools/call':
      return { result: { content: [{ type: 'text', text: `did ${params?.name}` }] } };
    case 'ping':
      return { result: {} };
    default:
      return { error: { code: -32601, message: 'Method not found' } };
  }
};

const json = (response: ServerResponse, status: number, value: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
};

const memory = new Map<string, Record<string, unknown>>();

/** Keeps what the provider keeps, so that a test can take it away. */
class MemoryAdapter {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  async upsert(id: string, payload: Record<string, unknown>): Promise<void> {
    memory.set(`${this.#model}:${id}`, payload);
    if (payload['uid'] !== undefined) memory.set(`uid:${String(payload['uid'])}`, payload);
  }

  async find(id: string): Promise<Record<string, unknown> | undefined> {
    return memory.get(`${this.#model}:${id}`);
  }

  async findByUid(uid: string): Promise<Record<string, unknown> | undefined> {
    return memory.get(`uid:${uid}`);
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const payload = memory.get(`${this.#model}:${id}`);
    if (payload) payload['consumed'] = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    memory.delete(`${this.#model}:${id}`);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of memory) if (payload['grantId'] === grantId) memory.delete(key);
  }
}
