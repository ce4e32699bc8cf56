import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGuardedFetch, requireAllowed } from '../../src/upstream/auth/guarded-fetch.ts';

/** What a server, and not the person, has named: its login, its metadata, where it redirects to. */
describe('T5 T10 an address that a server has named', () => {
  let listener: Server;
  let port = 0;
  let hits = 0;
  beforeAll(async () => {
    listener = createServer((_request, response) => {
      hits += 1;
      response.end('{}');
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
  });
  afterAll(() => void listener.close());

  const HOSTS = [
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[::1]',
    '[::]',
    'localhost',
    'localhost.',
    'LOCALHOST',
    'a.localhost',
    '\u2460\u2461\u2466.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '[fc00::1]',
    '[fe80::1]',
    '[ff02::1]',
    '255.255.255.255',
    '224.0.0.1',
  ];

  test.each(HOSTS.flatMap((host) => [`http://${host}`, `https://${host}`]))('T10 %s is not asked', async (origin) => {
    const url = `${origin}:${port}/x`;
    await expect(createGuardedFetch({ allowPrivate: false })(url)).rejects.toThrow();
    expect(hits).toBe(0);
  });

  test('T10 a user in it is refused, also where private addresses are allowed', async () => {
    await expect(createGuardedFetch({ allowPrivate: true })(`http://a@127.0.0.1:${port}/`)).rejects.toThrow();
    expect(hits).toBe(0);
  });

  test.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    'vbscript:x',
    'http://evil.example/',
    'ftp://x.example/',
    'ws://x.example/',
  ])('T5 %s is not asked, nor opened', (address) => {
    for (const allowPrivate of [true, false])
      expect(() => requireAllowed(new URL(address), { allowPrivate })).toThrow(/is not an https address/);
  });

  test.each(['--help', '-h', '$(touch pwn)', '`touch pwn`', ' '])('T5 %j is no address at all', (address) => {
    expect(() => requireAllowed(new URL(address), { allowPrivate: false })).toThrow();
  });

  test('T10 with the will of the person what is on this machine is asked', async () => {
    const response = await createGuardedFetch({ allowPrivate: true })(`http://127.0.0.1:${port}/x`);
    expect(response.status).toBe(200);
    expect(hits).toBe(1);
  });
});
