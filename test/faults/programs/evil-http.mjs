/**
 * A server on HTTP that misbehaves: `node evil-http.mjs`, with `EVIL_LOG=FILE`; it says its address on standard output. Its modes
 * are the first part of the path, as percent-encoded `mode;mode=value`, else those of `EVIL`, so that one process serves many
 * upstreams: `http://127.0.0.1:PORT/status=503;times=2/mcp`. The log gets each request: its path, method and headers.
 *
 * It speaks both eras. The modes concern `tools/call` alone, where not said otherwise:
 * - `status=N`, `times=N`, `every=N`, `retry-after=S`   answers with that status (the first N times, each Nth time), and that header
 * - `redirect=URL`, `code=N`                 points elsewhere (default 307), from the first request on
 * - `oauth=URL`                              refuses every request with 401, naming that URL as its metadata
 * - `body=TEXT`, `tells-secret`              what a refusal says; that it says the credentials of the request
 * - `reset`, `cut`, `hang`, `silent`         breaks the connection before the head, in the body; says nothing, or a head alone
 * - `type=TEXT`, `empty`, `garbage`, `pretty`, `chunks`   another media type, no body, no events, many lines, byte by byte
 * - `sse`, `sse-cut`, `sse-noise`            answers by a stream; one that breaks; one with other events before
 * - `endless`                                a body without an end
 * - `slow=MS`                                answers after that time
 * - `era=legacy`                             knows no `server/discover`
 */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const META = 'io.modelcontextprotocol';
const log = (entry) => {
  if (process.env.EVIL_LOG) appendFileSync(process.env.EVIL_LOG, `${JSON.stringify({ pid: process.pid, ...entry })}\n`);
};

const TOOLS = [
  { name: 'echo', inputSchema: { type: 'object' } },
  { name: 'get', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'write', inputSchema: { type: 'object' } },
];

const modesOf = (path) => {
  const [, first = ''] = path.split('/');
  const text = first === 'mcp' ? (process.env.EVIL ?? '') : decodeURIComponent(first);
  return new Map(
    text
      .split(';')
      .filter((mode) => mode !== '')
      .map((mode) => {
        const at = mode.indexOf('=');
        return at === -1 ? [mode, ''] : [mode.slice(0, at), mode.slice(at + 1)];
      }),
  );
};

/** How often each path was called. */
const calls = new Map();

const resultOf = ({ method, params = {} }, modes) => {
  const isModern = params._meta?.[`${META}/protocolVersion`] !== undefined;
  const dress = (result) =>
    isModern ? { resultType: 'complete', ttlMs: 1000, cacheScope: 'private', ...result } : result;
  switch (method) {
    case 'server/discover':
      return modes.get('era') === 'legacy'
        ? undefined
        : dress({
            supportedVersions: ['2026-07-28'],
            capabilities: { tools: {} },
            serverInfo: { name: 'h', version: '1' },
          });
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'h', version: '1' },
      };
    case 'ping':
      return {};
    case 'tools/list':
      return dress({ tools: TOOLS });
    case 'tools/call':
      if (params.arguments?.k !== undefined) log({ event: 'effect', tool: params.name, k: String(params.arguments.k) });
      return dress({ content: [{ type: 'text', text: String(params.arguments?.m ?? params.arguments?.k ?? '') }] });
    default:
      return undefined;
  }
};

const answerText = (message, modes) => {
  const result = resultOf(message, modes);
  const body = result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result };
  return JSON.stringify({ jsonrpc: '2.0', id: message.id, ...body }, null, modes.has('pretty') ? 2 : undefined);
};

const sendEvents = async (response, text, modes) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (modes.has('sse-noise')) response.write(':\n\nretry: 10\n\nevent: what\ndata: {}\n\ndata: no json\n\n: x\n\n');
  if (modes.has('sse-cut')) {
    response.write(`data: ${text.slice(0, 20)}`);
    await delay(20);
    return response.destroy();
  }
  return response.end(`event: message\ndata: ${text}\n\n`);
};

const sendCall = async (request, response, message, modes) => {
  if (modes.has('slow')) await delay(Number(modes.get('slow')));
  if (modes.has('reset')) return request.socket.destroy();
  if (modes.has('hang')) return undefined;
  const type = modes.has('type') ? modes.get('type') : 'application/json';
  if (modes.has('silent')) return response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  if (modes.has('empty')) return response.writeHead(200, { 'content-type': type }).end();
  if (modes.has('garbage')) return response.writeHead(200, { 'content-type': type }).end('{"jsonrpc":"2.0",');
  const text = answerText(message, modes);
  if (modes.has('sse') || modes.has('sse-cut') || modes.has('sse-noise')) return sendEvents(response, text, modes);
  if (modes.has('cut')) {
    response.writeHead(200, { 'content-type': type, 'content-length': String(text.length) });
    response.write(text.slice(0, 20));
    await delay(20);
    return response.destroy();
  }
  response.writeHead(200, { 'content-type': type });
  if (modes.has('endless')) {
    const piece = ' '.repeat(65_536);
    while (!response.destroyed) {
      if (!response.write(piece)) await Promise.race([new Promise((go) => response.once('drain', go)), delay(1000)]);
    }
    return undefined;
  }
  if (!modes.has('chunks')) return response.end(text);
  for (const byte of Buffer.from(text)) response.write(Buffer.of(byte));
  return response.end();
};

const onRequest = async (request, response) => {
  const path = request.url ?? '/';
  const modes = modesOf(path);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const message = request.method === 'POST' && body !== '' ? JSON.parse(body) : undefined;
  log({ name: path, event: 'http', method: request.method, headers: request.headers, raw: body.slice(0, 65_536) });
  if (modes.has('oauth')) {
    const metadata = `Bearer resource_metadata="${modes.get('oauth')}"`;
    return response.writeHead(401, { 'www-authenticate': metadata }).end(modes.get('body') ?? '');
  }
  if (modes.has('redirect'))
    return response.writeHead(Number(modes.get('code') ?? 307), { location: modes.get('redirect') }).end();
  if (request.method !== 'POST') return response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
  if (message.id === undefined) return response.writeHead(202).end();
  if (message.method !== 'tools/call') {
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(answerText(message, modes));
  }
  const count = (calls.get(path) ?? 0) + 1;
  calls.set(path, count);
  const isItsTurn =
    count <= Number(modes.get('times') ?? Number.POSITIVE_INFINITY) && count % Number(modes.get('every') ?? 1) === 0;
  if (modes.has('status') && isItsTurn) {
    const again = modes.get('retry-after');
    const headers = { 'content-type': 'text/plain', ...(again === undefined ? {} : { 'retry-after': again }) };
    return response
      .writeHead(Number(modes.get('status')), headers)
      .end(modes.has('tells-secret') ? request.headers.authorization : (modes.get('body') ?? 'no'));
  }
  return sendCall(request, response, message, modes);
};

const server = createServer((request, response) => {
  request.on('error', () => {});
  response.on('error', () => {});
  onRequest(request, response).catch((error) => process.stderr.write(`${error.message}\n`));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
// It ends with whoever has started it.
process.stdin.on('end', () => process.exit(0)).resume();
