import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CallbackServer, openCallbackServer } from '../../../src/upstream/auth/callback-server.ts';

let server: CallbackServer;
beforeEach(async () => {
  server = await openCallbackServer(0);
});
afterEach(() => server.close());

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly policy: unknown;
}

const get = (address: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request(address, { headers, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => {
        resolve({ status: response.statusCode, body, policy: response.headers['content-security-policy'] });
      });
    });
    asked.on('error', reject).end();
  });

const withQuery = (query: string): string => `${server.redirectUri}?${query}`;

describe('the place that the browser comes back to', () => {
  test('is on this machine alone, and takes what carries the state of this login', async () => {
    expect(server.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const { status, policy } = await get(withQuery(`code=abc&state=${server.state}&iss=x`));
    expect(status).toBe(200);
    expect(policy).toContain("default-src 'none'");
    expect(Object.fromEntries(await server.answered)).toEqual({ code: 'abc', state: server.state, iss: 'x' });
  });

  test.each(['code=abc', 'code=abc&state=', 'code=abc&state=wrong', 'error=access_denied'])(
    'takes no notice of %s',
    async (query) => {
      expect((await get(withQuery(query))).status).toBe(400);
      expect((await get(withQuery(`code=right&state=${server.state}`))).status).toBe(200);
      expect((await server.answered).get('code')).toBe('right');
    },
  );

  test('takes one answer, and shows nothing of what it was sent', async () => {
    const { body } = await get(withQuery(`error=<script>&error_description=CANARY&state=${server.state}`));
    expect(body).not.toMatch(/CANARY|script/);
    expect((await get(withQuery(`code=late&state=${server.state}`))).status).toBe(400);
    expect((await server.answered).get('error')).toBe('<script>');
  });

  test('is not there for other hosts, methods and paths', async () => {
    const right = withQuery(`code=abc&state=${server.state}`);
    expect((await get(right, { host: 'evil.example' })).status).toBe(404);
    expect((await get(right, {}, 'POST')).status).toBe(404);
    expect((await get(right.replace('/callback', '/'))).status).toBe(404);
    expect((await get(right)).status).toBe(200);
  });

  test('takes an address that was copied from a browser elsewhere, under the same rules', async () => {
    expect(server.accept('nonsense')).toBe('it is not an address');
    expect(server.accept(withQuery('code=a&state=wrong'))).toBe('it does not belong to this login');
    expect(server.accept(withQuery(`state=${server.state}`))).toBe('it holds neither a code nor an error');
    expect(server.accept(` ${withQuery(`code=a&state=${server.state}`)} `)).toBeUndefined();
    expect(server.accept(withQuery(`code=b&state=${server.state}`))).toBe('this login has been answered already');
    expect((await server.answered).get('code')).toBe('a');
  });
});
