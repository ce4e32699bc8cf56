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
  let connections = 0;
  beforeAll(async () => {
    listener = createServer((_request, response) => {
      hits += 1;
      response.end('{}');
    });
    listener.on('connection', () => {
      connections += 1;
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

  const NAME = 'rebind.example.com';
  const PUBLIC = { address: '203.0.114.1', family: 4 };
  const PRIVATE = { address: '127.0.0.1', family: 4 };

  test.each([
    ['private', [PRIVATE]],
    ['both public and private', [PUBLIC, PRIVATE]],
    ['private in the clothes of IPv6', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['of the services of a cloud', [{ address: '169.254.169.254', family: 4 }]],
  ])('T10 a name whose address is %s is not connected to', async (_what, addresses) => {
    const guarded = createGuardedFetch({
      allowPrivate: false,
      lookUp: (_name, _options, tell) => tell(null, addresses),
    });
    await expect(guarded(`https://${NAME}:${port}/`)).rejects.toThrow(/is an address of this machine or of a private/);
    expect(connections).toBe(0);
  });

  test('T10 a name is looked up for each connection, and judged by the address that is connected to', async () => {
    const answers = [[PUBLIC], [PRIVATE]];
    let asked = 0;
    const given = new AbortController();
    const guarded = createGuardedFetch({
      allowPrivate: false,
      lookUp(_name, _options, tell) {
        asked += 1;
        // Nothing public is connected to from here.
        if (asked === 1) given.abort(new Error('it was allowed'));
        tell(null, answers[asked - 1] ?? []);
      },
    });
    await expect(guarded(`https://${NAME}:${port}/`, { signal: given.signal })).rejects.toThrow(
      /it was allowed|aborted/,
    );
    expect(asked).toBe(1);
    await expect(guarded(`https://${NAME}:${port}/`)).rejects.toThrow(/is an address of this machine/);
    expect(asked).toBe(2);
    expect(connections).toBe(0);
  });

  test('T10 with the will of the person what is on this machine is asked', async () => {
    const response = await createGuardedFetch({ allowPrivate: true })(`http://127.0.0.1:${port}/x`);
    expect(response.status).toBe(200);
    expect(hits).toBe(1);
  });
});
