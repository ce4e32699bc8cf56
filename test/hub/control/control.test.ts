import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { HubError } from '../../../src/errors/hub-error.ts';
import { runningHubs } from '../../../src/hub/control/control-client.ts';
import { type ControlHandler, openControlServer } from '../../../src/hub/control/control-server.ts';
import type { ControlEntry } from '../../../src/hub/control/entries.ts';
import { replayOf } from '../../../src/hub/control/replayable.ts';
import type { CallRow } from '../../../src/store/log-reader.ts';
import { eventually } from '../../e2e/support/processes.ts';

const temporaryDirectory = (...names: string[]): string => {
  const path = mkdtempSync(join(tmpdir(), 'mcp-hub-control-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return join(path, ...names);
};

const open = async (handle: ControlHandler, stateDir = temporaryDirectory('state')) => {
  const server = await openControlServer(stateDir, handle);
  onTestFinished(() => server.close());
  return { server, stateDir };
};

const entryOf = (stateDir: string): ControlEntry =>
  JSON.parse(readFileSync(join(stateDir, 'hubs', `${process.pid}.json`), 'utf8')) as ControlEntry;

/** What comes back for a line, and the end of the connection. */
const say = (address: string, text: string): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(address);
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
    if (heard.endsWith('\n')) socket.destroy();
  });
  socket.on('error', () => {});
  socket.on('close', () => resolve(heard));
  socket.write(text);
  return promise;
};

/** A state directory whose path is too long for a socket, and the folder in which that is made then. */
const farDirectories = () => {
  const stateDir = temporaryDirectory('x'.repeat(120));
  const folder = temporaryDirectory('t');
  mkdirSync(folder);
  vi.stubEnv('TMPDIR', folder);
  return { stateDir, folder };
};
afterEach(() => void vi.unstubAllEnvs());

describe('the control socket', () => {
  test.each([
    ['the whole state directory', (stateDir: string) => stateDir],
    ['its entry', (stateDir: string) => join(stateDir, 'hubs', `${process.pid}.json`)],
    ['the socket itself', (stateDir: string) => join(stateDir, 'hubs', `${process.pid}.sock`)],
  ])('is there again where somebody has removed %s', async (_, removedOf) => {
    const stateDir = temporaryDirectory('state');
    const server = await openControlServer(stateDir, async () => 'well', { lookMs: 20 });
    onTestFinished(() => server.close());
    const { token } = entryOf(stateDir);
    rmSync(removedOf(stateDir), { recursive: true });
    const ask = async (): Promise<unknown> => {
      const [hub] = runningHubs(stateDir);
      return hub?.ask({ method: 'status' }).catch(() => undefined);
    };
    await eventually('an answer', async () => (await ask()) === 'well');
    expect(entryOf(stateDir).token).not.toBe(token);
    expect(statSync(join(stateDir, 'hubs', `${process.pid}.sock`)).mode & 0o777).toBe(0o600);
    await server.close();
    expect(existsSync(join(stateDir, 'hubs'))).toBe(false);
  });

  test('answers what it is asked for, and says what speaks against it', async () => {
    const { stateDir } = await open(async (command) => {
      if (command.method === 'restart')
        throw new HubError('NOT_FOUND', 'no server is named x', { hint: 'see: mcp-hub list' });
      return { heard: command.method };
    });
    const [hub, ...others] = runningHubs(stateDir);
    expect(others).toEqual([]);
    expect(await hub?.ask({ method: 'status' })).toEqual({ heard: 'status' });
    await expect(hub?.ask({ method: 'restart', params: { server: 'x' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no server is named x',
      hint: 'see: mcp-hub list',
    });
  });

  test.runIf(process.platform !== 'win32')('is for its user alone, and gone at the end', async () => {
    const { server, stateDir } = await open(async () => null);
    const { address } = entryOf(stateDir);
    const modes = [join(stateDir, 'hubs'), address, join(stateDir, 'hubs', `${process.pid}.json`)].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    await server.close();
    expect(existsSync(join(stateDir, 'hubs'))).toBe(false);
    expect(runningHubs(stateDir)).toEqual([]);
  });

  test.each([
    ['another token', `{"id":1,"method":"status","token":"${'x'.repeat(43)}"}\n`],
    ['no token', '{"id":1,"method":"status"}\n'],
    ['no JSON', 'GET / HTTP/1.1\r\n\r\n'],
    ['no end', 'x'.repeat(5 * 1024 * 1024)],
  ])('hangs up on somebody with %s', async (_, text) => {
    const { stateDir } = await open(async () => 'secret');
    expect(await say(entryOf(stateDir).address, text)).toBe('');
  });

  test.each([
    ['an unknown method', { method: 'stop' }, 'stop is nothing that a hub can be asked for'],
    ['a lack', { method: 'hide', params: { server: 'docs' } }, 'hide needs tool'],
    ['a wrong type', { method: 'restart', params: { server: 5 } }, 'restart needs server'],
  ])('says what is wrong with %s', async (_, command, message) => {
    const { stateDir } = await open(async () => 'done');
    const { address, token } = entryOf(stateDir);
    const answer = await say(address, `${JSON.stringify({ id: 7, token, ...command })}\n`);
    expect(JSON.parse(answer)).toMatchObject({ id: 7, error: { code: 'USAGE', message } });
  });

  test.runIf(process.platform !== 'win32')(
    'is found where the path of the state directory is too long for a socket',
    async () => {
      const { stateDir, server } = await open(async () => 'far', temporaryDirectory('x'.repeat(120)));
      const { address } = entryOf(stateDir);
      expect(Buffer.byteLength(address)).toBeLessThan(100);
      expect(await runningHubs(stateDir)[0]?.ask({ method: 'status' })).toBe('far');
      await server.close();
      expect(existsSync(address)).toBe(false);
    },
  );

  test.runIf(process.platform !== 'win32')(
    'leaves nothing behind of those that were made before it, and ends the connections to them',
    async () => {
      const { stateDir, folder } = farDirectories();
      const server = await openControlServer(stateDir, async () => 'well', { lookMs: 20 });
      onTestFinished(() => server.close());
      const ends: Promise<unknown>[] = [];
      for (const _ of [1, 2]) {
        const { address } = entryOf(stateDir);
        const socket = connect(address);
        await once(socket, 'connect');
        ends.push(once(socket.resume(), 'close'));
        rmSync(join(stateDir, 'hubs', `${process.pid}.json`));
        await eventually('another socket', () => runningHubs(stateDir).length === 1);
        expect(entryOf(stateDir).address).not.toBe(address);
      }
      await eventually('an answer', async () => (await runningHubs(stateDir)[0]?.ask({ method: 'status' })) === 'well');
      expect(readdirSync(folder)).toHaveLength(1);
      await server.close();
      await Promise.all(ends);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test.runIf(process.platform !== 'win32')('leaves nothing behind where its entry cannot be written', async () => {
    const { stateDir, folder } = farDirectories();
    const taken = join(stateDir, 'hubs', `${process.pid}.json`);
    mkdirSync(taken, { recursive: true });
    await expect(openControlServer(stateDir, async () => null)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
    expect(readdirSync(join(stateDir, 'hubs'))).toEqual([`${process.pid}.json`]);
  });

  test('of a hub that was killed is removed by whoever looks', () => {
    const stateDir = temporaryDirectory('state');
    mkdirSync(join(stateDir, 'hubs'), { recursive: true });
    const address = join(stateDir, 'hubs', '999999999.sock');
    writeFileSync(address, '');
    const token = randomBytes(4).toString('hex');
    writeFileSync(
      join(stateDir, 'hubs', '999999999.json'),
      JSON.stringify({ pid: 999_999_999, processStart: null, address, token }),
    );
    expect(runningHubs(stateDir)).toEqual([]);
    expect(existsSync(join(stateDir, 'hubs'))).toBe(false);
  });

  test('is none where no hub has ever run, and nothing is made', () => {
    const stateDir = temporaryDirectory('state');
    expect(runningHubs(stateDir)).toEqual([]);
    expect(existsSync(stateDir)).toBe(false);
  });
});

describe('a logged call', () => {
  const call = (over: Partial<CallRow>): CallRow => ({
    id: 1,
    callId: 'c',
    method: 'tools/call',
    startedAt: 1,
    outcome: 'ok',
    bytesIn: 1,
    isRequestCut: false,
    isResultCut: false,
    request: '{"name":"docs__read","arguments":{"page":1},"_meta":{"progressToken":5}}',
    ...over,
  });

  test('can be made again as it was, but for what belonged to its request', () => {
    expect(replayOf(call({}))).toEqual({
      method: 'replay',
      params: { method: 'tools/call', params: { name: 'docs__read', arguments: { page: 1 } } },
    });
  });

  test.each<[string, Partial<CallRow>]>([
    ['has only its beginning', { isRequestCut: true }],
    ['has no payload', { request: undefined as never }],
    ['has lost a secret', { request: '{"name":"x","arguments":{"token":"***"}}' }],
    ['is of another kind', { method: 'completion/complete' }],
  ])('of which the log %s cannot', (_, over) => {
    expect(() => replayOf(call(over))).toThrow('this call cannot be made again');
  });
});
