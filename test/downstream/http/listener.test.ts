import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { CONNECTION_LIMITS } from '../../../src/downstream/http/listener.ts';
import { serveHttp } from '../../../src/hub/serve-http.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';
import { createRawClient } from './support/raw-client.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const start = async (options: Parameters<typeof startHttpHub>[0] = {}): Promise<HttpHub> => {
  const hub = await startHttpHub({ mcpServers: {}, ...options });
  cleanups.push(() => hub.stop());
  return hub;
};

const portOf = ({ server }: HttpHub): number => Number(new URL(server.url).port);

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

const lanAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe('a server', () => {
  test.runIf(hasIpv6)('listens on both addresses of localhost', async () => {
    const hub = await start();
    const other = createRawClient(`http://[::1]:${portOf(hub)}`);
    const headers = { host: `[::1]:${portOf(hub)}` };
    expect((await other.send({ method: 'GET', path: '/health', headers })).status).toBe(200);
    expect(hub.server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
  });

  test.runIf(lanAddress !== undefined)('cannot be reached from elsewhere', async () => {
    verifies('http:loopback');
    const hub = await start();
    const other = createRawClient(`http://${lanAddress}:${portOf(hub)}`);
    await expect(other.send({ method: 'GET', path: '/health' })).rejects.toThrow('ECONNREFUSED');
  });

  test.each(hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])('says so when %s is taken', async (host) => {
    const squatter = createServer().listen(0, host);
    cleanups.push(() => squatter.close());
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    await expect(start({ server: { port } })).rejects.toThrow(
      `port ${port} of ${host} cannot be bound: another program has it`,
    );
    // What was bound already is free again.
    const free = createServer().listen(port, host === '::1' ? '127.0.0.1' : 'localhost');
    free.on('error', () => {});
    cleanups.push(() => free.close());
    if (host === '::1') await once(free, 'listening');
  });

  test('answers a head that does not end with 408', async () => {
    const limits = { ...CONNECTION_LIMITS, headersMs: 200, requestMs: 400, checkMs: 50 };
    const hub = await start({ server: { limits } });
    const socket = connect({ host: '127.0.0.1', port: portOf(hub) });
    socket.write('POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: ');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('gives up a body that does not end', async () => {
    const limits = { ...CONNECTION_LIMITS, headersMs: 200, requestMs: 400, checkMs: 50 };
    const hub = await start({ server: { limits } });
    const socket = connect({ host: '127.0.0.1', port: portOf(hub) });
    const head = `Authorization: Bearer ${hub.token}\r\nContent-Type: application/json\r\nAccept: */*`;
    socket.write(`POST /mcp HTTP/1.1\r\nHost: localhost\r\n${head}\r\nContent-Length: 100\r\n\r\n{`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('closes connections above its limit, says so, and takes others again', async () => {
    const hub = await start({ server: { limits: { ...CONNECTION_LIMITS, maxConnections: 3 } } });
    const sockets: Socket[] = [];
    for (let count = 0; count < 3; count += 1) {
      const socket = connect({ host: '127.0.0.1', port: portOf(hub) });
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'data');
      sockets.push(socket);
    }
    await expect(hub.raw.send({ method: 'GET', path: '/health' })).rejects.toThrow();
    expect(hub.events).toContainEqual(
      expect.objectContaining({ type: 'problem', message: 'HTTP: more than 3 connections: further ones are closed' }),
    );
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(() => hub.raw.send({ method: 'GET', path: '/health' }).then(({ status }) => status, String))
      .toBe(200);
  });
});

describe('an address that other machines reach', () => {
  const serve = (hub: HttpHub, host: string, auth = true) =>
    serveHttp(hub.hub, { port: 0, host, auth, stateDir: hub.home.stateDir });

  test.each(['0.0.0.0', '::', '192.168.1.1', 'example.com', '127.0.0.1.example.com', ''])(
    'is refused without a token: %j',
    async (host) => {
      const hub = await start();
      await expect(serve(hub, host, false)).rejects.toThrow(`${host} cannot be served without a token`);
    },
  );

  test.each(['127.0.0.1', 'localhost'])('%s is none', async (host) => {
    const hub = await start();
    const server = await serve(hub, host, false);
    cleanups.push(() => server.close());
    const headers = { 'content-type': 'application/json', accept: '*/*' };
    const body = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} };
    expect((await createRawClient(server.url).send({ headers, body })).status).toBe(200);
  });

  test.runIf(lanAddress !== undefined)('is served under its own name, and no other', async () => {
    const hub = await start();
    const server = await serve(hub, '0.0.0.0');
    cleanups.push(() => server.close());
    const { port } = new URL(server.url);
    const raw = createRawClient(`http://${lanAddress}:${port}`);
    const statusFor = async (host: string) =>
      (await raw.send({ method: 'GET', path: '/health', headers: { host } })).status;
    expect(await statusFor(`${lanAddress}:${port}`)).toBe(200);
    expect(await statusFor('localhost')).toBe(200);
    expect(await statusFor('rebound.example')).toBe(403);
    expect(await statusFor('10.255.255.254')).toBe(403);
    expect((await raw.send({ headers: { host: String(lanAddress) }, body: {} })).status).toBe(401);
  });
});
