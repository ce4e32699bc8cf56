import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createCliHome } from '../support/cli-home.ts';

const home = createCliHome();
afterAll(() => home.remove());

const file = join(home.stateDir, 'http-token');
const kept = (): string => readFileSync(file, 'utf8').trim();

describe('token', () => {
  test('prints the token and nothing else, the same every time', async () => {
    const first = await home.run(['token']);
    expect(first).toEqual({ code: 0, stdout: `${kept()}\n`, stderr: '' });
    expect(kept()).toMatch(/^[\w-]{43}$/);
    expect(await home.run(['token'])).toEqual(first);
  });

  test('tells a person what to do with it, beside the token', async () => {
    const { stdout, stderr } = await home.run(['token'], { isTerminal: true });
    expect(stdout).toBe(`${kept()}\n`);
    expect(stderr).toContain('Authorization: Bearer');
    expect(stderr).not.toContain(kept());
  });

  test('prints one JSON object on request', async () => {
    expect(await home.json(['token', '--json'])).toEqual({ schemaVersion: 1, token: kept(), file });
  });

  test('makes a new one on request', async () => {
    const old = kept();
    const { code, stdout, stderr } = await home.run(['token', 'rotate']);
    expect([code, stdout]).toEqual([0, `${kept()}\n`]);
    expect(kept()).not.toBe(old);
    expect(stderr).toContain('The old token is worth nothing now');
    expect(await home.json(['token', 'rotate', '--json'])).toMatchObject({ token: kept() });
  });

  test('refuses another word', async () => {
    const { code, stderr } = await home.run(['token', 'show']);
    expect(code).toBe(2);
    expect(stderr).toContain('mcp-hub token rotate');
  });

  test('does not print what is no token, and can replace it', async () => {
    writeFileSync(file, 'half');
    const { code, stdout, stderr } = await home.run(['token']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('mcp-hub token rotate');
    expect((await home.run(['token', 'rotate'])).code).toBe(0);
  });
});
