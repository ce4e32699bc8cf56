import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A registry on this machine that serves the documented shape: docs/reference/api/openapi.yaml of the official one, 2025-12. */
export interface TestRegistry {
  readonly url: string;
  /** Paths with queries, as they were asked. */
  readonly asked: readonly string[];
  /** Takes the place of all answers. */
  answer(answer: Answer | undefined): void;
  close(): Promise<void>;
}

/** An entry as `server.json` has it, version 1.0.0 unless it says otherwise. */
export const entry = (name: string, members: object = {}): Record<string, unknown> => ({
  name,
  description: `What ${name} does`,
  version: '1.0.0',
  ...members,
});

const PAGE = 2;

/** @param servers newest version first */
export const startRegistry = async (servers: readonly Record<string, unknown>[]): Promise<TestRegistry> => {
  const asked: string[] = [];
  let other: Answer | undefined;
  const http = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (other !== undefined) return other(request, response);
    const url = new URL(request.url ?? '', 'http://localhost');
    const found = url.pathname === '/v0.1/servers' ? list(servers, url.searchParams) : one(servers, url.pathname);
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { error: 'Server not found' }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    answer: (answer) => {
      other = answer;
    },
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
};

const response = (server: Record<string, unknown>) => ({
  server,
  _meta: {
    'io.modelcontextprotocol.registry/official': {
      status: server['status'] ?? 'active',
      publishedAt: '2026-01-01T00:00:00Z',
      isLatest: true,
    },
  },
});

/** Pages of two, so that a search has to follow the cursor. */
const list = (servers: readonly Record<string, unknown>[], query: URLSearchParams): object => {
  const word = (query.get('search') ?? '').toLowerCase();
  const found = servers.filter(({ name }) => String(name).toLowerCase().includes(word));
  const start = Number(query.get('cursor') ?? 0);
  const page = found.slice(start, start + PAGE);
  const hasMore = start + PAGE < found.length;
  return {
    servers: page.map(response),
    metadata: { count: page.length, ...(hasMore ? { nextCursor: String(start + PAGE) } : {}) },
  };
};

const one = (servers: readonly Record<string, unknown>[], path: string): object | undefined => {
  const [, name, version] = /^\/v0\.1\/servers\/([^/]+)\/versions\/([^/]+)$/.exec(path) ?? [];
  if (name === undefined || version === undefined) return undefined;
  const found = servers.find(
    (server) =>
      server['name'] === decodeURIComponent(name) &&
      (version === 'latest' || server['version'] === decodeURIComponent(version)),
  );
  return found === undefined ? undefined : response(found);
};
