import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that came in. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON-RPC method in its body, where it has one. */
  readonly rpcMethod?: string;
  readonly rpcName?: string;
}

export interface HttpServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: unknown) => Promise<void>;

/** Serves on a free port of this machine and remembers what came. The handler gets the parsed body of a POST. */
export const serveHttp = async (handle: Handler): Promise<HttpServer> => {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const body = request.method === 'POST' ? await readJson(request) : undefined;
    const rpc = body as { method?: string; params?: { name?: string } } | undefined;
    seen.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      ...(rpc?.method !== undefined && { rpcMethod: rpc.method }),
      ...(rpc?.params?.name !== undefined && { rpcName: rpc.params.name }),
    });
    await handle(request, response, body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
};

/** Lends a web-standard handler to Node's server. */
export const fromWeb =
  (fetch: (request: Request) => Promise<Response>): Handler =>
  async (request, response, body) => {
    const aborted = new AbortController();
    response.on('close', () => aborted.abort());
    const answer = await fetch(
      new Request(`http://${request.headers.host}${request.url}`, {
        method: request.method ?? 'GET',
        headers: new Headers(request.headers as Record<string, string>),
        signal: aborted.signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.flushHeaders();
    try {
      if (answer.body !== null) for await (const chunk of answer.body) response.write(chunk);
    } catch {
      // The client has gone: the stream of its answer was aborted.
    }
    response.end();
  };
