import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTokenCheck, readToken, rotateToken, tokenFile } from '../../../src/downstream/http/token.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { createTempHome, type TempHome } from '../../e2e/support/temp-home.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';
import { postHeaders } from './support/raw-client.ts';

const homes: TempHome[] = [];
const newState = (): string => {
  const home = createTempHome();
  homes.push(home);
  return home.stateDir;
};
afterAll(() => {
  for (const home of homes) home.remove();
});

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('the token', () => {
  test('is 256 random bits, made once, and another in every installation', () => {
    const state = newState();
    const token = readToken(state);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(readToken(state)).toBe(token);
    expect(readToken(newState())).not.toBe(token);
    expect(readdirSync(state)).toEqual(['http-token']);
  });

  test.skipIf(process.platform === 'win32')('is readable by its owner alone, however the file was before', () => {
    const state = newState();
    readToken(state);
    expect([modeOf(state), modeOf(tokenFile(state))]).toEqual(['700', '600']);
    chmodSync(tokenFile(state), 0o644);
    readToken(state);
    expect(modeOf(tokenFile(state))).toBe('600');
    rotateToken(state);
    expect(modeOf(tokenFile(state))).toBe('600');
  });

  test('is not replaced where the file holds something else', () => {
    const state = newState();
    rotateToken(state);
    for (const content of ['', 'short', `two words ${'x'.repeat(40)}`]) {
      writeFileSync(tokenFile(state), content);
      expect(() => readToken(state)).toThrow(/the token for HTTP in .* cannot be used: it holds no token/);
      expect(readFileSync(tokenFile(state), 'utf8')).toBe(content);
    }
  });

  test('is not told by the error about it', () => {
    const state = newState();
    const token = `${readToken(state)} `.repeat(2);
    writeFileSync(tokenFile(state), token);
    expect(() => readToken(state)).toThrow(expect.not.stringContaining(token.slice(0, 8)));
  });

  test('can be rotated where the file was useless', () => {
    const state = newState();
    rotateToken(state);
    writeFileSync(tokenFile(state), 'broken');
    const token = rotateToken(state);
    expect(readToken(state)).toBe(token);
  });
});

describe('the check', () => {
  test('follows a rotation at once, and keeps the last token where the file is gone', () => {
    const state = newState();
    const old = readToken(state);
    const check = createTokenCheck(state);
    const principal = check(`Bearer ${old}`);
    expect(principal).toMatch(/^[\w-]{43}$/);
    expect(principal).not.toContain(old);
    const fresh = rotateToken(state);
    expect(check(`Bearer ${old}`)).toBeUndefined();
    expect(check(`Bearer ${fresh}`)).not.toBe(principal);
    rmSync(tokenFile(state));
    expect(check(`Bearer ${fresh}`)).toBeDefined();
    writeFileSync(tokenFile(state), 'half');
    expect(check(`Bearer ${fresh}`)).toBeDefined();
    expect(check('Bearer half')).toBeUndefined();
  });
});

describe('a server', () => {
  let hub: HttpHub;
  beforeAll(async () => {
    hub = await startHttpHub({ mcpServers: {} });
  });
  afterAll(() => hub.stop());

  const statusOf = async (authorization: string | string[] | undefined, path = '/mcp'): Promise<number> => {
    const { status, headers } = await hub.raw.send({
      path,
      headers: { ...postHeaders(), ...(authorization !== undefined && { authorization }) },
      body: { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} },
    });
    if (status === 401) expect(headers['www-authenticate']).toBe('Bearer realm="mcp-hub"');
    return status;
  };

  test('lets in who has it, in any spelling of the scheme', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  '])
      expect(await statusOf(`${scheme} ${hub.token}`)).toBe(200);
  });

  test('lets in nobody else', async () => {
    verifies('http:authentication', 'security:token:refused');
    const { token } = hub;
    expect(await statusOf(undefined)).toBe(401);
    expect(await statusOf(undefined, `/mcp?token=${token}`)).toBe(401);
    expect(await statusOf(undefined, `/mcp?access_token=${token}`)).toBe(401);
    for (const wrong of [
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token}x`,
      `Bearer ${token} x`,
      `Bearer x ${token}`,
      `Basic ${token}`,
      `Basic ${Buffer.from(`:${token}`).toString('base64')}`,
      token,
      'Bearer',
      'Bearer ',
      `Bearer ${token.toUpperCase()}`,
      `Bearer ${'x'.repeat(8_000)}`,
    ])
      expect([wrong, await statusOf(wrong)]).toEqual([wrong, 401]);
  });

  test('lets in nobody who sends two', async () => {
    expect(await statusOf([`Bearer ${hub.token}`, `Bearer ${hub.token}`])).toBe(401);
  });

  test('asks for it before it reads the body or looks at the method', async () => {
    for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS']) expect((await hub.raw.send({ method })).status).toBe(401);
    expect((await hub.raw.send({ headers: { 'content-length': '0' } })).status).toBe(401);
  });

  test('does not repeat a wrong one', async () => {
    const answer = await hub.raw.send({ headers: { ...postHeaders('canary-canary-canary') }, body: {} });
    expect(answer.text + JSON.stringify(answer.headers)).not.toContain('canary');
  });

  test('takes a new one without a restart', async () => {
    const old = hub.token;
    const fresh = rotateToken(hub.home.stateDir);
    expect([await statusOf(`Bearer ${old}`), await statusOf(`Bearer ${fresh}`)]).toEqual([401, 200]);
  });
});
