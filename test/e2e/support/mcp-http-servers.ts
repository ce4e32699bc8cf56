import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { McpServer as LegacyServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer as ModernServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { fromWeb, type HttpServer, serveHttp } from './http-server.ts';

const text = (value: string): { content: [{ type: 'text'; text: string }] } => ({
  content: [{ type: 'text', text: value }],
});

const createLegacyServer = (name: string, cancelled: string[]): LegacyServer => {
  const server = new LegacyServer({ name, version: '1.0.0' });
  server.registerTool('echo', { inputSchema: { m: z.string() } }, ({ m }) => text(m));
  server.registerTool('progress', { inputSchema: {} }, async (_args, { sendNotification, _meta }) => {
    for (let progress = 1; progress <= 3; progress += 1) {
      const progressToken = _meta?.progressToken ?? 0;
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 3 } });
      await delay(5);
    }
    return text('3 steps');
  });
  server.registerTool('slow', { inputSchema: {} }, async (_args, { signal }) => {
    signal.addEventListener('abort', () => cancelled.push(name));
    await delay(20_000, undefined, { signal });
    return text('done');
  });
  server.registerTool('grow', { inputSchema: {} }, () => {
    server.registerTool('grown', { inputSchema: {} }, () => text('grown'));
    return text('added');
  });
  server.registerResource('one', 'http-test://one', {}, (uri) => ({ contents: [{ uri: uri.href, text: name }] }));
  server.registerPrompt('greet', {}, () => ({ messages: [{ role: 'user', content: { type: 'text', text: name } }] }));
  return server;
};

export interface McpHttpServer extends HttpServer {
  /** The names of the servers whose slow tool was cancelled. */
  readonly cancelled: readonly string[];
  /** Forgets every session, as a server does that was started anew. */
  forgetSessions(): void;
}

/** A server with sessions over Streamable HTTP, by the v1 SDK. */
export const serveStreamableHttp = async (): Promise<McpHttpServer> => {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const cancelled: string[] = [];
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    // The declaration of the SDK's own transport does not fit its own interface under exact optional types.
    await createLegacyServer('streamable', cancelled).connect(transport as never);
    return transport;
  };
  const http = await serveHttp(async (request, response, body) => {
    const id = request.headers['mcp-session-id'];
    const isInitialize = (body as { method?: string } | undefined)?.method === 'initialize';
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    const transport = known ?? (isInitialize ? await open() : undefined);
    if (transport !== undefined) return transport.handleRequest(request, response, body);
    const [status, message] = id === undefined ? [400, 'Bad Request: no session'] : [404, 'Session not found'];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_001, message } }));
  });
  return { ...http, cancelled, forgetSessions: () => sessions.clear() };
};

/** A server of the HTTP+SSE transport of 2024-11-05, by the v1 SDK. */
export const serveSse = async (): Promise<McpHttpServer> => {
  const sessions = new Map<string, SSEServerTransport>();
  const cancelled: string[] = [];
  const http = await serveHttp(async (request, response, body) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'GET' && url.pathname === '/sse') {
      const transport = new SSEServerTransport('/messages', response);
      sessions.set(transport.sessionId, transport);
      return createLegacyServer('sse', cancelled).connect(transport as never);
    }
    const transport = sessions.get(url.searchParams.get('sessionId') ?? '');
    if (request.method === 'POST' && transport !== undefined) {
      return transport.handlePostMessage(request, response, body);
    }
    response.writeHead(404).end();
  });
  return { ...http, cancelled, forgetSessions: () => sessions.clear() };
};

/** A server that speaks only 2026-07-28 over HTTP, by the v2 SDK. */
export const serveModernHttp = async (): Promise<McpHttpServer> => {
  const cancelled: string[] = [];
  let hasGrown = false;
  const handler = createMcpHandler(
    () => {
      const server = new ModernServer({ name: 'modern-http', version: '1.0.0' });
      server.registerTool('echo', { inputSchema: z.object({ m: z.string() }) }, ({ m }) => text(m));
      server.registerTool('progress', { inputSchema: z.object({}) }, async (_args, { mcpReq }) => {
        for (let progress = 1; progress <= 3; progress += 1) {
          const progressToken = mcpReq._meta?.progressToken ?? 0;
          await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 3 } });
          await delay(5);
        }
        return text('3 steps');
      });
      server.registerTool('slow', { inputSchema: z.object({}) }, async (_args, { mcpReq }) => {
        mcpReq.signal.addEventListener('abort', () => cancelled.push('modern-http'));
        await delay(20_000, undefined, { signal: mcpReq.signal });
        return text('done');
      });
      server.registerTool('grow', { inputSchema: z.object({}) }, () => {
        hasGrown = true;
        handler.notify.toolsChanged();
        return text('added');
      });
      if (hasGrown) server.registerTool('grown', { inputSchema: z.object({}) }, () => text('grown'));
      server.registerResource('one', 'http-test://one', {}, (uri) => ({
        contents: [{ uri: uri.href, text: 'modern-http' }],
      }));
      server.registerPrompt('greet', {}, () => ({
        messages: [{ role: 'user', content: { type: 'text', text: 'modern-http' } }],
      }));
      return server;
    },
    { legacy: 'reject' },
  );
  const http = await serveHttp(fromWeb((request) => handler.fetch(request)));
  return { ...http, cancelled, forgetSessions: () => {} };
};
