import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A message that came in. */
export interface Asked {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly arguments?: Record<string, unknown>; readonly _meta?: object };
}

/** One request at a scripted server. */
export interface Exchange {
  readonly message: Asked;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The JSON text of a good answer: to `tools/call` the argument `m`. */
  readonly answer: string;
  /** Sends that answer. */
  reply(headers?: Record<string, string>): void;
}

/** A server on HTTP whose tools do what a test says. */
export interface ScriptedHttp {
  readonly url: string;
  /** Everything that reached it. */
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

export type Script = (exchange: Exchange) => void | Promise<void>;

const META = 'io.modelcontextprotocol/protocolVersion';

/**
 * Starts it in this process. The keys of `tools` are its tools; each is told of the calls of it, and answers or does not.
 * @param onRequest told of each POST before it is answered; true where it has answered it itself.
 */
export const startScriptedHttp = async (
  era: 'legacy' | 'modern',
  tools: Readonly<Record<string, Script>>,
  onRequest: (exchange: Exchange) => boolean = () => false,
): Promise<ScriptedHttp> => {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    void serve(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (request.method !== 'POST') return void response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
    const message = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
    asked.push(message);
    const answer = JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answerTo(message, era, Object.keys(tools)) });
    const reply = (headers: Record<string, string> = {}): void =>
      void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(answer);
    const exchange = { message, request, response, answer, reply };
    if (onRequest(exchange)) return;
    if (message.id === undefined) return void response.writeHead(202).end();
    const script = message.method === 'tools/call' ? tools[message.params?.name ?? ''] : undefined;
    if (script === undefined) reply();
    else await script(exchange);
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const answerTo = ({ method, params = {} }: Asked, era: 'legacy' | 'modern', tools: readonly string[]): object => {
  const isModern = Object.hasOwn(params._meta ?? {}, META);
  const dress = (result: object) =>
    isModern ? { resultType: 'complete', ttlMs: 1000, cacheScope: 'private', ...result } : result;
  const serverInfo = { name: 'scripted', version: '1' };
  if (method === 'server/discover' && era === 'modern')
    return { result: dress({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo }) };
  if (method === 'initialize' && era === 'legacy')
    return { result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } };
  if (method === 'ping') return { result: {} };
  const inputSchema = { type: 'object' };
  if (method === 'tools/list')
    return { result: dress({ tools: ['echo', ...tools].map((name) => ({ name, inputSchema })) }) };
  if (method === 'tools/call')
    return { result: dress({ content: [{ type: 'text', text: String(params.arguments?.['m'] ?? '') }] }) };
  return { error: { code: -32601, message: 'Method not found' } };
};
