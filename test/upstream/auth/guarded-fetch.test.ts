import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGuardedFetch, requireAllowed } from '../../../src/upstream/auth/guarded-fetch.ts';
import { isLoopbackHost, isPublicAddress, publicLookup } from '../../../src/upstream/transport/address-guard.ts';

let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  const location = new URL(request.url ?? '', 'http://x').searchParams.get('to');
  if (location !== null) response.writeHead(302, { location }).end();
  else if (request.url === '/large') response.end(Buffer.alloc(2 * 1024 * 1024));
  else response.end('here');
});
let origin = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const PRIVATE = [
  'http://169.254.169.254/',
  'http://127.0.0.1:6379/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://[::ffff:127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://localhost./',
  'http://①②⑦.0.0.1/',
  'http://a@127.0.0.1/',
  'https://10.0.0.1/',
  'https://192.168.1.1/',
  'https://[fc00::1]/',
  'https://[::1]/',
];

describe('an address that a server has named', () => {
  test.each(PRIVATE)('is refused when it is %s', (address) => {
    expect(() => requireAllowed(new URL(address), { allowPrivate: false })).toThrow();
  });

  test.each(['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'http://evil.example/', 'ftp://x.dev/'])(
    'is refused when it is %s, also where private ones are allowed',
    (address) => {
      expect(() => requireAllowed(new URL(address), { allowPrivate: true })).toThrow('is not an https address');
    },
  );

  test.each(['https://auth.example.com/', 'https://8.8.8.8/', 'https://[2606:4700::1111]/'])(
    'is allowed when it is %s',
    (address) => {
      expect(() => requireAllowed(new URL(address), { allowPrivate: false })).not.toThrow();
    },
  );

  test('is asked where it is allowed', async () => {
    const response = await createGuardedFetch({ allowPrivate: true })(`${origin}/x`);
    expect(await response.text()).toBe('here');
  });

  test('is not asked where it is refused, and neither is where it redirects to', async () => {
    const before = asked;
    await expect(createGuardedFetch({ allowPrivate: false })(`${origin}/x`)).rejects.toThrow();
    expect(asked).toBe(before);
    const guarded = createGuardedFetch({ allowPrivate: true });
    await expect(guarded(`${origin}/?to=${encodeURIComponent('http://evil.example/')}`)).rejects.toThrow(
      'is not an https',
    );
    await expect(guarded(`${origin}/?to=${encodeURIComponent('file:///etc/passwd')}`)).rejects.toThrow(
      'is not an https',
    );
  });

  test('that redirects in a circle, or answers too much, is given up', async () => {
    const guarded = createGuardedFetch({ allowPrivate: true });
    const circle = `${origin}/?to=${encodeURIComponent(`${origin}/?to=x`)}`;
    expect((await guarded(circle)).status).toBe(200);
    await expect(guarded(`${origin}/large`)).rejects.toThrow('larger than 1 MiB');
  });

  test('does not get a POST again that it redirects', async () => {
    const guarded = createGuardedFetch({ allowPrivate: true });
    expect((await guarded(`${origin}/?to=/x`, { method: 'POST', body: 'a=b' })).status).toBe(302);
  });
});

test('a name with a private address is not connected to', async () => {
  const error = await new Promise((resolve) => publicLookup('localhost', {}, (failure) => resolve(failure)));
  expect(String(error)).toContain('localhost is an address of this machine or of a private network');
});

test('addresses are told apart by what they mean, not by how they are written', () => {
  expect(['8.8.8.8', '2606:4700::1111'].map(isPublicAddress)).toEqual([true, true]);
  expect(['127.0.0.1', '::ffff:10.0.0.1', '169.254.169.254', '0.0.0.0', '::', 'name'].map(isPublicAddress)).toEqual(
    Array(6).fill(false),
  );
  expect(['localhost', 'localhost.', 'a.localhost', '127.8.9.1', '[::1]'].map(isLoopbackHost)).toEqual(
    Array(5).fill(true),
  );
  expect(['localhost.evil.com', '128.0.0.1', 'evil.com'].map(isLoopbackHost)).toEqual(Array(3).fill(false));
});
