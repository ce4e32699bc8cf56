import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HubError } from '../../../src/errors/hub-error.ts';
import { createHttpTransport } from '../../../src/upstream/transport/http.ts';
import { HttpStatusError } from '../../../src/upstream/transport/http-status-error.ts';
import type { SendOptions, Transport } from '../../../src/upstream/transport/transport.ts';
import { Cancellation } from '../../../src/utils/cancellation.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import {
  beginEvents,
  eventOf,
  type RawHttp,
  type RawRequest,
  sendJson,
  startRawHttp,
} from '../../fixtures/transport/raw-http.ts';
import { createRecorder, type Recorder } from '../../fixtures/transport/recorder.ts';

const ends: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Connected {
  readonly server: RawHttp;
  readonly transport: Transport;
  readonly recorder: Recorder;
  /** Sends a request with this id. */
  readonly ask: (id: number, options?: SendOptions) => Promise<void>;
  /** Opens a session that the server names `s1`, and the stream of notifications. */
  readonly openSession: () => Promise<void>;
}

type Answer = (request: RawRequest, response: ServerResponse) => unknown;

interface ConnectOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly url?: (server: RawHttp) => string;
  readonly maxBodyBytes?: number;
}

/** Connects to a server that answers requests for `ask` as told, and everything else as it should be. */
const connect = async (answer: Answer, options: ConnectOptions = {}): Promise<Connected> => {
  const server = await startRawHttp((request, response) => {
    if (request.body.includes('"initialize"'))
      return sendJson(response, '{"jsonrpc":"2.0","id":0,"result":{}}', 200, { 'mcp-session-id': 's1' });
    if (request.body.includes('notifications/')) return response.writeHead(202).end();
    return answer(request, response);
  });
  const transport = createHttpTransport({
    name: 'peer',
    settings: { type: 'http', url: options.url?.(server) ?? server.url, headers: options.headers ?? {} },
    maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
  });
  const recorder = createRecorder();
  ends.push(
    () => server.stop(),
    () => transport.close(),
  );
  await transport.start(recorder);
  const ask = async (id: number, sendOptions?: SendOptions): Promise<void> =>
    transport.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'x' } }, sendOptions);
  const openSession = async (): Promise<void> => {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    await transport.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
    await recorder.answer(0);
    await transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  };
  return { server, transport, recorder, ask, openSession };
};

const failureOf = (sending: Promise<void>): Promise<HubError> =>
  sending.then(
    () => Promise.reject(new Error('it was sent')),
    (error: HubError) => error,
  );

const bytesOf = async (recorder: Recorder, id: number): Promise<string> => {
  const answer = await recorder.answer(id);
  if (answer.kind === 'result') return Buffer.from(answer.bytes).toString('utf8');
  return answer.kind === 'error' ? Buffer.from(answer.error.bytes).toString('utf8') : '';
};

describe('an answer over HTTP', () => {
  const RESULT = '{"z":12345678901234567890,"a":1.0,"unknown":{"é":"\\u00e9"},"_meta":null,"a b":[1e400,-0]}';

  it.each([
    ['in JSON', (response: ServerResponse) => sendJson(response, `{"jsonrpc":"2.0","result":${RESULT},"id":1,"x":2}`)],
    [
      'in a stream',
      (response: ServerResponse) =>
        beginEvents(response).end(eventOf(`{"jsonrpc":"2.0","result":${RESULT},"id":1,"x":2}`)),
    ],
  ])('keeps long integers, unknown fields and the order of keys when it comes %s', async (_name, answer) => {
    verifies('http:response:both-read');
    const { ask, recorder } = await connect((_request, response) => answer(response));
    await ask(1);
    expect(await bytesOf(recorder, 1)).toBe(RESULT);
    expect(recorder.messages).toHaveLength(1);
  });

  it('in JSON is not taken while the transport is paused', async () => {
    const answer: Answer = ({ body }, response) =>
      sendJson(response, `{"jsonrpc":"2.0","id":${(JSON.parse(body) as { id: number }).id},"result":{}}`);
    const [held, free] = [await connect(answer), await connect(answer)];
    held.transport.pause?.();
    const asked = held.ask(1);
    for (let id = 1; id <= 30; id += 1) {
      await free.ask(id);
      await free.recorder.answer(id);
    }
    expect(held.recorder.messages).toEqual([]);
    held.transport.resume?.();
    expect(await bytesOf(held.recorder, 1)).toBe('{}');
    await asked;
  });

  it.each([
    ['JSON', (response: ServerResponse, text: string) => sendJson(response, text)],
    [
      'a stream',
      (response: ServerResponse, text: string) =>
        beginEvents(response).end(`data: ${text.replaceAll('\n', '\ndata: ')}\n\n`),
    ],
  ])('that is printed over many lines is made one line, in %s', async (_name, answer) => {
    verifies('stdio:framing:no-newline-inside');
    const { ask, recorder } = await connect((_request, response) =>
      answer(
        response,
        '{\n  "jsonrpc": "2.0",\n  "id": 1,\n  "result": {\n    "a b": [ 1,\n 12345678901234567890 ]\n  }\n}\n',
      ),
    );
    await ask(1);
    expect(await bytesOf(recorder, 1)).toBe('{"a b":[1,12345678901234567890]}');
  });

  it('may be a batch', async () => {
    const { ask, recorder } = await connect((_request, response) =>
      sendJson(
        response,
        '[{"jsonrpc":"2.0","method":"notifications/a"} ,\n {"jsonrpc":"2.0","id":1,"result":{"b":1}}]',
      ),
    );
    await ask(1);
    expect(await bytesOf(recorder, 1)).toBe('{"b":1}');
    expect(recorder.messages.map(({ kind }) => kind)).toEqual(['notification', 'result']);
  });

  it('that the schemas of an SDK refuse is delivered, and its stream is not asked for again', async () => {
    const { ask, recorder, server } = await connect((_request, response) =>
      beginEvents(response).end(`retry: 1\nid: 1\ndata: {"jsonrpc":"2.0","id":1,"result":{"_meta":7},"odd":true}\n\n`),
    );
    const onStreamEnd = vi.fn();
    await ask(1, { onStreamEnd });
    await bytesOf(recorder, 1);
    await ask(2);
    expect(onStreamEnd).not.toHaveBeenCalled();
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it('that is malformed fails its call and no other', async () => {
    const { ask, recorder } = await connect((_request, response) =>
      beginEvents(response).end(`${eventOf('{"jsonrpc":"2.0","id":1,"result":7}')}${eventOf('nonsense')}`),
    );
    await ask(1);
    expect(await recorder.answer(1)).toMatchObject({ kind: 'error', error: { code: -31012 } });
    expect(recorder.problems).toEqual([
      'result must be an object: {"jsonrpc":"2.0","id":1,"result":7}',
      'not JSON: nonsense',
    ]);
  });

  it.each([
    ['JSON', (response: ServerResponse, text: string) => sendJson(response, text)],
    ['a stream', (response: ServerResponse, text: string) => beginEvents(response).end(eventOf(text))],
  ])('over the limit fails its call, in %s', async (_name, answer) => {
    const { ask, recorder } = await connect(
      (_request, response) => answer(response, `{"result":{"t":"${'x'.repeat(5_000_000)}"},"jsonrpc":"2.0","id":1}`),
      { maxBodyBytes: 100_000 },
    );
    await ask(1);
    expect(await recorder.answer(1)).toMatchObject({
      kind: 'error',
      error: { message: expect.stringContaining('longer than the limit of 97.7 KiB') },
    });
    expect(recorder.messages).toHaveLength(1);
  });

  it('that is a web page is refused with a sentence', async () => {
    const { ask } = await connect((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<html>'),
    );
    expect(await failureOf(ask(1))).toMatchObject({
      code: 'UPSTREAM_INVALID',
      message: expect.stringMatching(
        /^peer gave an answer that cannot be used: it is text\/html where JSON is expected/,
      ),
    });
  });

  it('that answers another request is no answer', async () => {
    const { ask } = await connect((_request, response) => sendJson(response, '{"jsonrpc":"2.0","id":99,"result":{}}'));
    expect(await failureOf(ask(1))).toMatchObject({ code: 'UPSTREAM_INVALID', sent: true });
  });
});

describe('a refusal over HTTP', () => {
  it.each([
    [400, 'UPSTREAM_START_FAILED', 'it refuses the request'],
    [401, 'UPSTREAM_START_FAILED', 'it wants a login'],
    [403, 'UPSTREAM_START_FAILED', 'it refuses access'],
    [404, 'UPSTREAM_START_FAILED', 'there is no MCP server at this URL'],
    [405, 'UPSTREAM_START_FAILED', 'there is no MCP server at this URL'],
    [429, 'UPSTREAM_START_FAILED', 'it asks for fewer requests'],
    [503, 'UPSTREAM_START_FAILED', 'the server has failed'],
  ])('with %i and no JSON-RPC message says why, and nothing of the body', async (status, code, why) => {
    const { ask, server, recorder } = await connect((_request, response) =>
      response.writeHead(status, { 'content-type': 'text/plain' }).end('CANARY body'),
    );
    const error = await failureOf(ask(1));
    expect(error).toMatchObject({ code, upstream: 'peer', sent: true });
    expect(error.message).toBe(`peer cannot be used: ${why} (HTTP ${status} from ${server.url})`);
    expect(error.cause).toBeInstanceOf(HttpStatusError);
    expect(error.cause).toMatchObject({ status, bodyStart: 'CANARY body' });
    expect(recorder.messages).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('after a connection was made is a failure of the connection', async () => {
    const { ask, openSession } = await connect((_request, response) => response.writeHead(500).end());
    await openSession();
    expect(await failureOf(ask(1))).toMatchObject({ code: 'UPSTREAM_CLOSED', cause: { status: 500 } });
  });

  it.each([400, 403, 404, 500])('with %i and a JSON-RPC error is the answer of the request', async (status) => {
    verifies('version:era:http:body-first');
    const error = '{ "code": -32601,\n "message": "no", "data": 12345678901234567890 }';
    const { ask, recorder } = await connect((_request, response) =>
      sendJson(response, `{"jsonrpc":"2.0","id":null,"error":${error}}`, status),
    );
    await ask(1);
    expect(await bytesOf(recorder, 1)).toBe('{"code":-32601,"message":"no","data":12345678901234567890}');
  });

  it('that wants a login stays one, whatever its body', async () => {
    const { ask } = await connect((_request, response) =>
      sendJson(response, '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}', 401),
    );
    expect(await failureOf(ask(1))).toMatchObject({ cause: { status: 401 } });
  });

  it('does not repeat the secrets of the request in its cause', async () => {
    const { ask } = await connect(({ headers }, response) => response.writeHead(500).end(JSON.stringify(headers)), {
      headers: { authorization: 'Bearer CANARY-TOKEN', 'x-api-key': 'CANARY-KEY' },
      url: ({ url }) => `${url}?key=CANARY-QUERY`,
    });
    const error = await failureOf(ask(1));
    expect(error.message).not.toContain('CANARY');
    expect((error.cause as HttpStatusError).bodyStart).not.toContain('CANARY');
  });
});

describe('a connection that breaks', () => {
  it('in the middle of a stream tells that no answer will come, once', async () => {
    const { ask, recorder } = await connect((_request, response) => {
      beginEvents(response).write(eventOf('{"jsonrpc":"2.0","method":"notifications/a"}'), () => response.destroy());
    });
    const ended = Promise.withResolvers<void>();
    const onStreamEnd = vi.fn(() => ended.resolve());
    await ask(1, { onStreamEnd });
    await ended.promise;
    expect(onStreamEnd).toHaveBeenCalledTimes(1);
    expect(recorder.closes).toEqual([]);
  });

  it('tells the same when a stream simply ends without an answer', async () => {
    const { ask } = await connect((_request, response) => beginEvents(response).end());
    await new Promise<void>((resolve) => void ask(1, { onStreamEnd: resolve }));
  });

  it('may be asked to go on a few times only', async () => {
    verifies('http-legacy:resume:asked');
    const { ask, server } = await connect((request, response) => {
      if (request.method === 'GET') return response.writeHead(503).end();
      return beginEvents(response).end('retry: 1\nid: 7\ndata:\n\n');
    });
    await new Promise<void>((resolve) => void ask(1, { onStreamEnd: resolve }));
    expect(
      server.requests.filter(({ method }) => method === 'GET').map(({ headers }) => headers['last-event-id']),
    ).toEqual(['7', '7', '7', '7']);
  });

  it('before the answer begins may have brought the request', async () => {
    const { ask } = await connect((_request, response) => response.destroy());
    const error = await failureOf(ask(1));
    expect(error).toMatchObject({ sent: true });
    expect(error.message).toMatch(/^peer cannot be reached: the connection broke/);
  });

  it('was none where nothing listens: nothing was sent', async () => {
    const { ask, server } = await connect(() => {});
    await server.stop();
    ends.splice(0, 1);
    const error = await failureOf(ask(1));
    expect(error).toMatchObject({ code: 'UPSTREAM_START_FAILED', sent: false });
    expect(error.message).toBe(`peer cannot be reached: nothing listens there (${server.url})`);
  });

  it('does not hold the end up: what is under way is given up', async () => {
    const { ask, transport, recorder } = await connect(() => {});
    const asked = failureOf(ask(1));
    await transport.close();
    expect(await asked).toMatchObject({ code: 'UPSTREAM_CLOSED', sent: true });
    expect(recorder.closes).toHaveLength(1);
  });

  it('is ended after a second where the server does not let the session go', async () => {
    verifies('http-legacy:session:delete:sent');
    const { openSession, transport, recorder, server } = await connect((request, response) =>
      request.method === 'GET' ? beginEvents(response) : undefined,
    );
    await openSession();
    await transport.close();
    expect(server.requests.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 's1' } });
    expect(recorder.closes).toEqual([{ reason: 'closed by the hub' }]);
  });
});

describe('a session over HTTP', () => {
  it('is not lost because the server has no stream of notifications and says so with 404', async () => {
    verifies('http-legacy:get:refused', 'http-legacy:session:sent');
    const { openSession, ask, server, recorder } = await connect((request, response) =>
      request.method === 'GET'
        ? response.writeHead(404).end('Cannot GET /mcp')
        : sendJson(response, '{"jsonrpc":"2.0","id":1,"result":{}}'),
    );
    await openSession();
    await ask(1);
    await recorder.answer(1);
    expect(recorder.closes).toEqual([]);
    expect(server.requests.at(-1)?.headers['mcp-session-id']).toBe('s1');
  });

  it('is lost when the stream of notifications can no longer be opened', async () => {
    let gets = 0;
    const { openSession, recorder } = await connect((request, response) => {
      gets += 1;
      if (request.method !== 'GET') return response.writeHead(200).end();
      return gets === 1 ? beginEvents(response).end('retry: 1\n\n') : response.writeHead(404).end();
    });
    await openSession();
    expect(await recorder.closed).toEqual({ reason: 'the server no longer knows the session', status: 404 });
  });

  /** Has the pause of a second, in which others may learn of the loss, never end. @returns whether it has begun */
  const stopSeconds = (): (() => boolean) => {
    const start = setTimeout;
    let hasBegun = false;
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((act: () => void, ms?: number, ...rest: []) => {
      hasBegun ||= ms === 1_000;
      return start(ms === 1_000 ? () => {} : act, ms, ...rest);
    }) as typeof setTimeout);
    ends.push(async () => spy.mockRestore());
    return () => hasBegun;
  };
  const idOf = ({ body }: RawRequest): number => (JSON.parse(body || '{}') as { id: number }).id;

  it('is lost at once while an answer comes on a stream that has begun', async () => {
    const { openSession, ask, recorder } = await connect((request, response) => {
      if (idOf(request) === 1)
        return beginEvents(response).write(eventOf('{"jsonrpc":"2.0","method":"notifications/begun"}'));
      return response.writeHead(404).end();
    });
    await openSession();
    await ask(1);
    await recorder.message(({ kind }) => kind === 'notification');
    stopSeconds();
    expect(await failureOf(ask(2))).toMatchObject({ code: 'UPSTREAM_CLOSED', sent: false });
    expect(await recorder.closed).toEqual({ reason: 'the server no longer knows the session', status: 404 });
  });

  it('lets whoever waits for its end be given up at once', async () => {
    const { openSession, ask, recorder, server } = await connect((request, response) =>
      idOf(request) === 1 ? undefined : response.writeHead(404).end(),
    );
    await openSession();
    void failureOf(ask(1));
    while (!server.requests.some((request) => idOf(request) === 1)) await new Promise(setImmediate);
    const hasBegun = stopSeconds();
    const [met, waits] = [new Cancellation(), new Cancellation()];
    const meeting = failureOf(ask(2, { signal: met }));
    while (!hasBegun()) await new Promise(setImmediate);
    const waiting = failureOf(ask(3, { signal: waits }));
    for (const one of [met, waits]) one.abort(new Error('nobody waits'));
    for (const failure of [await meeting, await waiting])
      expect(failure).toMatchObject({ code: 'CANCELLED', sent: false });
    expect(server.requests.map(idOf)).not.toContain(3);
    expect(recorder.closes).toEqual([]);
  });

  it('is not lost by an unknown method', async () => {
    verifies('http-legacy:get:refused');
    const { openSession, ask, recorder } = await connect((request, response) =>
      request.method === 'GET'
        ? response.writeHead(405).end()
        : sendJson(response, '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}', 404),
    );
    await openSession();
    await ask(1);
    expect(await recorder.answer(1)).toMatchObject({ error: { code: -32601 } });
    expect(recorder.closes).toEqual([]);
  });

  it('goes on after an event over the limit on the stream of notifications, without its replay', async () => {
    const streams: RawRequest[] = [];
    const { openSession, recorder } = await connect(
      (request, response) => {
        if (request.method !== 'GET') return response.writeHead(200).end();
        streams.push(request);
        const big = eventOf(`{"jsonrpc":"2.0","method":"notifications/${'x'.repeat(9_000)}"}`, '2');
        const small = eventOf('{"jsonrpc":"2.0","method":"notifications/small"}', '3');
        return beginEvents(response).write(streams.length === 1 ? `retry: 1\nid: 1\ndata:\n\n${big}` : small);
      },
      { maxBodyBytes: 5_000 },
    );
    await openSession();
    expect(await recorder.message(({ kind }) => kind === 'notification')).toMatchObject({
      method: 'notifications/small',
    });
    expect(recorder.problems).toEqual(['an event longer than the limit of 4.9 KiB (hub.limits.resultBytes)']);
    expect(streams.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, undefined]);
  });
});

describe('a redirect over HTTP', () => {
  it.each([301, 302, 303, 307, 308])('with %i to another origin is not followed', async (status) => {
    const other = await startRawHttp((_request, response) => response.end());
    ends.push(() => other.stop());
    const { ask, server } = await connect(
      (_request, response) => response.writeHead(status, { location: `${other.origin}/x?token=CANARY` }).end(),
      { headers: { authorization: 'Bearer CANARY' } },
    );
    const error = await failureOf(ask(1));
    expect(error.message).toBe(
      `peer cannot be used: it redirects to ${other.origin}/x, which is not followed (HTTP ${status} from ${server.url})`,
    );
    expect(error.cause).toMatchObject({ status });
    expect(other.requests).toEqual([]);
  });

  it('never turns a POST into a GET', async () => {
    const { ask, server } = await connect((_request, response) =>
      response.writeHead(303, { location: '/elsewhere' }).end(),
    );
    await failureOf(ask(1));
    expect(server.requests.map(({ method }) => method)).toEqual(['POST']);
  });

  it('with 307 within the origin is followed with the whole request', async () => {
    const { ask, server, recorder } = await connect((request, response) =>
      request.path === '/mcp'
        ? response.writeHead(307, { location: '/mcp/' }).end()
        : sendJson(response, '{"jsonrpc":"2.0","id":1,"result":{}}'),
    );
    await ask(1);
    await recorder.answer(1);
    expect(server.requests[1]).toMatchObject({ method: 'POST', path: '/mcp/', body: server.requests[0]?.body });
  });
});

describe('the settings of an HTTP upstream', () => {
  it('have their headers on every request', async () => {
    const { openSession, ask, transport, server } = await connect(
      (request, response) =>
        request.method === 'GET' ? beginEvents(response) : sendJson(response, '{"jsonrpc":"2.0","id":1,"result":{}}'),
      { headers: { Authorization: 'Bearer abc', 'X-Team': 'blue' } },
    );
    await openSession();
    await ask(1);
    await transport.close();
    expect(new Set(server.requests.map(({ method }) => method))).toEqual(new Set(['POST', 'GET', 'DELETE']));
    for (const { headers } of server.requests)
      expect(headers).toMatchObject({ authorization: 'Bearer abc', 'x-team': 'blue' });
  });

  it('may have a user and a password in the URL, which are sent and never shown', async () => {
    const { ask, server } = await connect((_request, response) => response.writeHead(500).end(), {
      url: ({ url }) => url.replace('://', '://me:p%40ss@'),
    });
    const error = await failureOf(ask(1));
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(error.message).not.toContain('me:');
  });

  it.each([
    ['file:///etc/passwd', {}, 'its "url" is not an http or https URL'],
    ['nonsense', {}, 'its "url" is not an http or https URL'],
    ['http://127.0.0.1:1/', { 'x-key': 'CANARY\nx: y' }, 'the header "x-key" has a character that HTTP cannot carry'],
    ['http://127.0.0.1:1/', { 'x key': 'CANARY' }, 'the header "x key" has a character that HTTP cannot carry'],
  ])('are refused where they cannot be used: %s %o', async (url, headers, why) => {
    const transport = createHttpTransport({
      name: 'peer',
      settings: { type: 'http', url, headers: headers as Record<string, string> },
      maxBodyBytes: 1,
    });
    const error = await failureOf(transport.start(createRecorder()));
    expect(error).toMatchObject({ code: 'UPSTREAM_START_FAILED', message: `peer could not be started: ${why}` });
  });
});
