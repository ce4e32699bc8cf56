import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { HubError } from '../../../src/errors/hub-error.ts';
import { createSseTransport } from '../../../src/upstream/transport/sse.ts';
import type { Transport } from '../../../src/upstream/transport/transport.ts';
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

const ENDPOINT = 'event: endpoint\ndata: /messages\n\n';

interface SetUp {
  readonly server: RawHttp;
  readonly transport: Transport;
  readonly recorder: Recorder;
}

const setUp = async (answer: (request: RawRequest, response: ServerResponse) => unknown): Promise<SetUp> => {
  const server = await startRawHttp(answer);
  const transport = createSseTransport({
    name: 'peer',
    settings: { type: 'sse', url: server.url, headers: { authorization: 'Bearer abc' } },
    maxBodyBytes: 100_000,
  });
  ends.push(
    () => server.stop(),
    () => transport.close(),
  );
  return { server, transport, recorder: createRecorder() };
};

const failureOf = (promise: Promise<void>): Promise<HubError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: HubError) => error,
  );

describe('the start of HTTP+SSE', () => {
  it.each([
    [401, 'it wants a login'],
    [404, 'there is no MCP server at this URL'],
    [405, 'there is no MCP server at this URL'],
    [500, 'the server has failed'],
  ])('fails with the reason when the stream is refused with %i', async (status, why) => {
    const { server, transport, recorder } = await setUp((_request, response) => response.writeHead(status).end('no'));
    const error = await failureOf(transport.start(recorder));
    expect(error).toMatchObject({ code: 'UPSTREAM_START_FAILED', upstream: 'peer', cause: { status } });
    expect(error.message).toBe(`peer cannot be used: ${why} (HTTP ${status} from ${server.url})`);
    expect(server.requests).toHaveLength(1);
    expect(recorder.closes).toEqual([]);
  });

  it('fails where there is no stream of events', async () => {
    const { transport, recorder } = await setUp((_request, response) => sendJson(response, '{}'));
    expect(await failureOf(transport.start(recorder))).toMatchObject({
      code: 'UPSTREAM_INVALID',
      message: expect.stringContaining('peer is no HTTP+SSE server: it gives no stream of events'),
    });
  });

  it('fails where nothing listens', async () => {
    const { server, transport, recorder } = await setUp(() => {});
    await server.stop();
    ends.shift();
    const error = await failureOf(transport.start(recorder));
    expect(error.message).toBe(`peer cannot be reached: nothing listens there (${server.url})`);
  });

  it('fails when the stream ends before it has named the place for messages', async () => {
    const { transport, recorder } = await setUp((_request, response) => beginEvents(response).end());
    expect((await failureOf(transport.start(recorder))).message).toMatch(/its stream of events ended/);
  });

  it('fails on a redirect to another origin, without asking there', async () => {
    const other = await startRawHttp((_request, response) => response.end());
    ends.push(() => other.stop());
    const { server, transport, recorder } = await setUp((_request, response) =>
      response.writeHead(302, { location: `${other.origin}/x` }).end(),
    );
    expect((await failureOf(transport.start(recorder))).message).toBe(
      `peer cannot be used: it redirects to ${other.origin}/x, which is not followed (HTTP 302 from ${server.url})`,
    );
    expect(other.requests).toEqual([]);
  });

  it('fails when messages shall go to another origin', async () => {
    const { transport, recorder } = await setUp((_request, response) =>
      beginEvents(response).write('event: endpoint\ndata: http://other.example/messages\n\n'),
    );
    expect((await failureOf(transport.start(recorder))).message).toMatch(/origin/);
  });

  it('ends when the transport is closed while it waits', async () => {
    const got = Promise.withResolvers<void>();
    const { transport, recorder } = await setUp((_request, response) => {
      beginEvents(response);
      got.resolve();
    });
    const starting = failureOf(transport.start(recorder));
    await got.promise;
    await transport.close();
    expect(await starting).toMatchObject({ code: 'UPSTREAM_START_FAILED' });
    expect(recorder.closes).toEqual([]);
  });
});

describe('HTTP+SSE', () => {
  const open = async (onPost: (stream: ServerResponse, response: ServerResponse) => unknown): Promise<SetUp> => {
    let stream: ServerResponse | undefined;
    const made = await setUp((request, response) => {
      if (request.method === 'POST') return stream && onPost(stream, response);
      stream = beginEvents(response);
      return stream.write(ENDPOINT);
    });
    await made.transport.start(made.recorder);
    return made;
  };
  const ask = async (transport: Transport): Promise<void> => transport.send({ jsonrpc: '2.0', id: 1, method: 'x' });

  it('keeps the bytes of results, and sends the headers with each request', async () => {
    const { server, transport, recorder } = await open((stream, response) => {
      response.writeHead(200).end('ok');
      stream.write(eventOf('{"result":{"z":12345678901234567890,"a":1.0},"jsonrpc":"2.0","id":1}'));
    });
    await ask(transport);
    const answer = await recorder.answer(1);
    expect(answer.kind === 'result' && Buffer.from(answer.bytes).toString()).toBe('{"z":12345678901234567890,"a":1.0}');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer abc', 'Bearer abc']);
  });

  it('is closed by the end of its stream, and does not open another one', async () => {
    const { server, transport, recorder } = await open((stream, response) => {
      response.writeHead(202).end();
      stream.destroy();
    });
    await ask(transport);
    expect(await recorder.closed).toEqual({ reason: 'its stream of events ended' });
    expect(await failureOf(ask(transport))).toMatchObject({ code: 'UPSTREAM_CLOSED', sent: false });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('is closed by an event over the limit', async () => {
    const { transport, recorder } = await open((stream, response) => {
      response.writeHead(202).end();
      stream.write(eventOf(`{"jsonrpc":"2.0","id":1,"result":{"t":"${'x'.repeat(200_000)}"}}`));
    });
    await ask(transport);
    expect((await recorder.closed).reason).toBe('an event longer than the limit of 97.7 KiB (hub.limits.resultBytes)');
  });

  it('rejects a message that is refused, and stays open', async () => {
    const { transport, recorder } = await open((_stream, response) => response.writeHead(500).end());
    expect(await failureOf(ask(transport))).toMatchObject({ code: 'UPSTREAM_CLOSED', cause: { status: 500 } });
    expect(recorder.closes).toEqual([]);
  });
});
