import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/errors/codes.ts';
import type { HubError } from '../../../src/errors/hub-error.ts';
import type { Transport } from '../../../src/upstream/transport/transport.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { createEvilLog } from '../../fixtures/transport/processes.ts';
import { createRecorder, type Recorder } from '../../fixtures/transport/recorder.ts';
import { createStdioPeer, fixture, type StdioPeerOptions } from '../../fixtures/transport/stdio-peer.ts';

const open: Transport[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const makeFolder = (): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-hub-stdio-')));
  folders.push(folder);
  return folder;
};

const start = async (options: StdioPeerOptions = {}): Promise<{ transport: Transport; recorder: Recorder }> => {
  const transport = createStdioPeer(options);
  open.push(transport);
  const recorder = createRecorder();
  await transport.start(recorder);
  return { transport, recorder };
};

const startFailure = (options: StdioPeerOptions): Promise<HubError> =>
  createStdioPeer(options)
    .start(createRecorder())
    .then(
      () => Promise.reject(new Error('it started')),
      (error: HubError) => error,
    );

const write = async (transport: Transport, params: { text: string; exitCode?: number }): Promise<void> =>
  transport.send({ jsonrpc: '2.0', method: 'write', params });

describe('the start of a stdio server', () => {
  it('says that a command was not found, and asks about the PATH', async () => {
    const error = await startFailure({ command: 'npxx-that-does-not-exist' });
    expect(error).toMatchObject({ code: 'UPSTREAM_START_FAILED', upstream: 'peer', sent: false });
    expect(error.message).toBe(
      'peer could not be started: command not found: npxx-that-does-not-exist (is it on PATH?)',
    );
  });

  it('says that a path leads to no command, without a word of the PATH', async () => {
    const error = await startFailure({ command: '/no/such/server' });
    expect(error.message).toBe('peer could not be started: command not found: /no/such/server');
  });

  it.skipIf(process.platform === 'win32')('says that a file is not executable', async () => {
    const file = join(makeFolder(), 'server.sh');
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 });
    expect((await startFailure({ command: file })).message).toBe(
      `peer could not be started: not allowed to run ${file} (is it an executable file?)`,
    );
  });

  it.skipIf(process.platform === 'win32')('says that the interpreter of a script is missing', async () => {
    const file = join(makeFolder(), 'server.sh');
    writeFileSync(file, '#!/no/such/interpreter\n');
    chmodSync(file, 0o755);
    expect((await startFailure({ command: file })).message).toContain('the interpreter in the first line of');
  });

  it('names a working directory that does not exist, and does not blame the command', async () => {
    expect((await startFailure({ cwd: '/no/such/folder' })).message).toBe(
      'peer could not be started: its working directory does not exist: /no/such/folder',
    );
  });

  it('runs the command in its working directory', async () => {
    const cwd = makeFolder();
    writeFileSync(join(cwd, 'here.mjs'), 'console.log(JSON.stringify({jsonrpc:"2.0",method:process.cwd()}))');
    const { recorder } = await start({ cwd, args: ['here.mjs'] });
    await recorder.closed;
    expect(recorder.messages).toMatchObject([{ kind: 'notification', method: cwd }]);
  });

  it('passes arguments as they are: nothing in them is run', async () => {
    verifies('security:proxy:no-commands');
    const cwd = makeFolder();
    const args = ['; touch pwn', '$(touch pwn)', '`touch pwn`', '&& calc', '%PATH%', '"q" \'z\'', '', 'a\nb'];
    const { transport, recorder } = await start({ cwd, args: [fixture('transport/peer.mjs'), ...args] });
    await transport.send({ jsonrpc: '2.0', id: 1, method: 'argv' });
    expect(await recorder.answer(1)).toMatchObject({ value: { argv: args } });
  });

  it('hands on the safe part of the environment and what is declared, and nothing else', async () => {
    const { transport, recorder } = await start({
      env: {
        PATH: process.env['PATH'],
        HOME: '/home/someone',
        CLAUDE_PROJECT_DIR: '/home/someone/project',
        AWS_SECRET_ACCESS_KEY: 'CANARY',
      },
      declared: { HOME: '/elsewhere', TOKEN: 'declared' },
    });
    await transport.send({ jsonrpc: '2.0', id: 1, method: 'environment' });
    const answer = await recorder.answer(1);
    expect(answer.kind === 'result' && answer.value).toEqual({
      PATH: process.env['PATH'],
      HOME: '/elsewhere',
      CLAUDE_PROJECT_DIR: '/home/someone/project',
      TOKEN: 'declared',
    });
  });
});

describe('the output of a stdio server', () => {
  it('is read whole when it comes byte by byte', async () => {
    const { transport, recorder } = await start({ declared: { PEER_MODE: 'bytewise' } });
    await transport.send({ jsonrpc: '2.0', id: 1, method: 'echo', params: { text: '漢😀é' } });
    expect(await recorder.answer(1)).toMatchObject({ value: { text: '漢😀é' } });
  });

  it('may hold noise, which is told of and skipped', async () => {
    const { transport, recorder } = await start();
    await write(transport, { text: 'Listening on \u001b[31mport\u001b[0m 3000\n\n{"not":"json-rpc"}\n[1,2]\n' });
    await transport.send({ jsonrpc: '2.0', id: 1, method: 'echo', params: {} });
    await recorder.answer(1);
    expect(recorder.problems).toEqual([
      'not JSON: Listening on \\u001b[31mport\\u001b[0m 3000',
      'jsonrpc must be "2.0": {"not":"json-rpc"}',
      'a message must be a JSON object: [1,2]',
    ]);
    expect(recorder.messages).toHaveLength(1);
  });

  it('keeps the digits of long integers and the order of keys', async () => {
    const { transport, recorder } = await start();
    const result = '{"z":12345678901234567890,"a":1.0,"é":"\\u00e9"}';
    await write(transport, { text: `{"result":${result},"id":7,"jsonrpc":"2.0"}\r\n` });
    const answer = await recorder.answer(7);
    expect(answer.kind === 'result' && Buffer.from(answer.bytes).toString()).toBe(result);
  });

  it.each([
    ['before the result', (big: string) => `{"jsonrpc":"2.0","id":7,"result":{"text":"${big}"}}\n`],
    ['behind the result', (big: string) => `{"result":{"text":"${big}"},"jsonrpc":"2.0","id":7}\n`],
    ['at the very end, before the version', (big: string) => `{"result":{"text":"${big}"},"id":7,"jsonrpc":"2.0"}\n`],
  ])('fails the call whose answer is over the limit, with the id %s', async (_where, line) => {
    const { transport, recorder } = await start({ maxLineBytes: 100_000 });
    await write(transport, { text: line('x'.repeat(200_000)) });
    expect(await recorder.answer(7)).toMatchObject({
      kind: 'error',
      error: {
        code: ERROR_CODES.UPSTREAM_INVALID.rpc,
        message: 'peer gave an answer that cannot be used: longer than the limit of 97.7 KiB (hub.limits.resultBytes)',
      },
    });
    await transport.send({ jsonrpc: '2.0', id: 8, method: 'echo', params: {} });
    expect(await recorder.answer(8)).toMatchObject({ kind: 'result' });
    expect(recorder.problems).toEqual(['a line longer than the limit of 97.7 KiB (hub.limits.resultBytes)']);
  });

  it('fails no call for a request of its own that is over the limit', async () => {
    const { transport, recorder } = await start({ maxLineBytes: 1_000 });
    const text = `{"jsonrpc":"2.0","id":7,"method":"ask","params":{"text":"${'x'.repeat(2_000)}"}}\n`;
    await write(transport, { text });
    await recorder.problem();
    expect(recorder.messages).toEqual([]);
  });

  it('fails the call whose answer is malformed', async () => {
    verifies('base:response:result-or-error');
    const { transport, recorder } = await start();
    await write(transport, { text: '{"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":"both"}}\n' });
    expect(await recorder.answer(7)).toMatchObject({
      kind: 'error',
      error: { code: ERROR_CODES.UPSTREAM_INVALID.rpc },
    });
  });
});

describe('the end of a stdio server', () => {
  it('brings with it what a process that was not listened to had said', async () => {
    const { transport, recorder } = await start();
    transport.pause?.();
    await write(transport, { text: '{"jsonrpc":"2.0","id":7,"result":{"last":true}}\n', exitCode: 0 });
    await recorder.closed;
    expect(recorder.messages).toMatchObject([{ kind: 'result', id: '7' }]);
  });

  it('brings answers that were written before it, and then its exit code, once', async () => {
    const { transport, recorder } = await start();
    await write(transport, {
      text: '{"jsonrpc":"2.0","id":7,"result":{}}\n{"jsonrpc":"2.0","id":8,"result":{}}',
      exitCode: 3,
    });
    expect(await recorder.closed).toEqual({ reason: 'the process ended with exit code 3', exitCode: 3 });
    expect(recorder.messages).toMatchObject([{ id: '7' }, { id: '8' }]);
    await transport.close();
    expect(recorder.closes).toHaveLength(1);
  });

  it('is named by its signal when a signal ended it', async () => {
    const { transport, recorder } = await start();
    process.kill(transport.pid as number, 'SIGKILL');
    expect(await recorder.closed).toEqual({ reason: 'the process was ended by SIGKILL', signalName: 'SIGKILL' });
  });

  it('at its start leaves what it has said on standard error', async () => {
    const { transport, recorder } = await start({
      args: [fixture('servers/legacy.mjs'), 'evil'],
      declared: { EVIL: 'exit-start:3' },
    });
    expect(await recorder.closed).toMatchObject({ exitCode: 3 });
    expect(recorder.stderr).toEqual(['cannot start: the moon is in the wrong phase']);
    expect(transport.stderrTail()).toBe('cannot start: the moon is in the wrong phase\n');
  });

  it('refuses what is sent after it, and says that nothing was sent', async () => {
    const { transport, recorder } = await start();
    await write(transport, { text: '', exitCode: 0 });
    await recorder.closed;
    await expect(transport.send({ jsonrpc: '2.0', id: 1, method: 'echo' })).rejects.toMatchObject({
      code: 'UPSTREAM_CLOSED',
      sent: false,
    });
  });

  it('rejects a message that was being written, and says that part of it may have arrived', async () => {
    const { transport } = await start({ args: [fixture('servers/stubborn.mjs')] });
    const sending = transport.send({ jsonrpc: '2.0', method: 'x', params: { text: 'x'.repeat(5_000_000) } });
    process.kill(transport.pid as number, 'SIGKILL');
    await expect(sending).rejects.toMatchObject({ code: 'UPSTREAM_CLOSED', sent: true });
  });

  it.skipIf(process.platform === 'win32')('comes to a server that has closed its standard input', async () => {
    const { transport, recorder } = await start({ command: 'sh', args: ['-c', 'exec <&-; echo "{}"; exec sleep 60'] });
    await recorder.problem();
    const message = { jsonrpc: '2.0', method: 'x', params: { text: 'x'.repeat(200_000) } } as const;
    await expect(transport.send(message)).rejects.toMatchObject({ code: 'UPSTREAM_CLOSED' });
    expect((await recorder.closed).reason).toBe('it had closed its standard input: the process was ended by SIGTERM');
  });
});

describe('the standard error of a stdio server', () => {
  it('is drained while 100 MB of it flood in, and its last 64 KiB are kept', async () => {
    verifies('stdio:stderr:no-error');
    const log = createEvilLog();
    const { transport, recorder } = await start({
      args: [fixture('servers/legacy.mjs'), 'evil'],
      declared: { EVIL: 'stderr-flood:104857600', EVIL_LOG: log.path },
    });
    await transport.send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    await Promise.all([recorder.answer(1), log.entry('stderr')]);
    await transport.close();
    log.remove();
    expect(Buffer.byteLength(transport.stderrTail())).toBe(64 * 1024);
    expect(recorder.stderr.length).toBe(Math.ceil(104857600 / 1019));
  }, 60_000);
});
