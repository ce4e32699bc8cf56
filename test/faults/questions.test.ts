import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EvilEntry, pidsIn, readEvilLog } from '../e2e/support/evil-log.ts';
import { type HubProcess, startHub } from '../e2e/support/hub-process.ts';
import { fixture } from '../e2e/support/paths.ts';
import { eventually, isAlive } from '../e2e/support/processes.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import { createTempHome, type TempHome } from '../e2e/support/temp-home.ts';
import type { UpstreamEntry } from '../e2e/support/upstreams.ts';

const CLIENT = {
  protocolVersion: '2025-11-25',
  capabilities: { sampling: {}, elicitation: {} },
  clientInfo: { name: 'asked', version: '1' },
};

const SAMPLE = { role: 'assistant', content: { type: 'text', text: 'hi' }, model: 'm' };
const ACCEPTED = { action: 'accept', content: { value: 'green' } };

describe.each(['legacy', 'modern'] as const)('while a client is asked for a %s server', (era) => {
  let home: TempHome;
  let log: string;
  let hub: HubProcess;
  let lastId = 0;

  beforeEach(async () => {
    home = createTempHome();
    log = home.file('evil.ndjson');
    const asking = (name: string): UpstreamEntry => ({
      command: process.execPath,
      args: [fixture('asking.mjs'), name, era],
      env: { EVIL_LOG: log },
    });
    hub = await startHub({
      home,
      config: {
        mcpServers: { ask: asking('ask'), r1: asking('r1'), r2: asking('r2') },
        hub: { routes: [{ match: 'pool__*', to: ['r1', 'r2'] }], timeouts: { graceMs: 500 } },
      },
    });
    await hub.request('initialize', CLIENT);
    hub.notify('notifications/initialized');
    await hub.request('tools/list');
  });

  /** Whatever has happened: the client and the servers go on, each request has one answer, and nothing is left at the end. */
  afterEach(async () => {
    const { result } = (await hub.request('tools/call', { name: 'r2__say', arguments: {} })).message;
    expect(result).toBeDefined();
    hub.endInput();
    expect((await hub.exited).code).toBe(0);
    const ids = hub.messages.filter(({ message }) => message.method === undefined).map(({ message }) => message.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(hub.problems()).toEqual([]);
    expect(hub.stderr()).not.toMatch(/a fault of the hub|^\s+at /m);
    await eventually('the end of the servers', () => pidsIn(log).every((pid) => !isAlive(pid)));
    home.remove();
  });

  const begin = (name: string, kinds: readonly string[]): string => {
    lastId += 1;
    const id = `ask ${lastId}`;
    const params = { name, arguments: { kinds } };
    hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`);
    return id;
  };
  const question = async (method: string): Promise<WireMessage> =>
    (await hub.nextMessage((message) => message.method === method)).message;
  const reply = (asked: WireMessage, content: object): void =>
    hub.sendRaw(`${JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...content })}\n`);
  const answerTo = async (id: string): Promise<WireMessage> => (await hub.answerTo(id)).message;
  const startsOf = (name: string): EvilEntry[] =>
    readEvilLog(log).filter((entry) => entry.name === name && entry.event === 'start');

  test('N30 the server is replaced by an edit: the answer reaches the one that has asked', async () => {
    const id = begin('ask__ask', ['sampling']);
    const asked = await question('sampling/createMessage');
    const config = JSON.parse(readFileSync(hub.configFile, 'utf8')) as { mcpServers: Record<string, UpstreamEntry> };
    const { ask } = config.mcpServers;
    const edited = { ...ask, args: [...(ask?.args ?? []), 'edited'] };
    writeFileSync(hub.configFile, JSON.stringify({ ...config, mcpServers: { ...config.mcpServers, ask: edited } }));
    await eventually('the other process', () => startsOf('ask').length === 2);
    reply(asked, { result: SAMPLE });
    const message = await answerTo(id);
    expect(message.result ?? message.error?.message).toBeDefined();
    if (era === 'legacy') expect(JSON.stringify(message.result)).toContain('hi');
  });

  test('N31 the server is killed: its call ends at once, and an answer that comes late reaches nobody', async () => {
    const id = begin('pool__ask', ['form']);
    const asked = await question('elicitation/create');
    const carrier = readEvilLog(log).findLast(({ raw }) => raw?.includes('"tools/call"'));
    process.kill(carrier?.pid as number, 'SIGKILL');
    if (era === 'legacy') {
      expect((await answerTo(id)).error?.data).toMatchObject({ outcome: 'unknown' });
      reply(asked, { result: ACCEPTED });
    } else {
      reply(asked, { result: ACCEPTED });
      const { result, error } = await answerTo(id);
      expect(result ?? error).toBeDefined();
    }
    const again = begin('pool__ask', ['form']);
    reply(await question('elicitation/create'), { result: { ...ACCEPTED, content: { value: 'blue' } } });
    const { result } = await answerTo(again);
    expect(JSON.stringify(result)).toContain('blue');
    expect(JSON.stringify(result)).not.toContain('green');
  });

  test('N32 the client answers twice, to others, and with what is no answer: the first one counts', async () => {
    const id = begin('ask__ask', ['form']);
    const asked = await question('elicitation/create');
    for (const other of ['hub-999', 999, 'nobody']) reply({ ...asked, id: other }, { result: ACCEPTED });
    reply(asked, { result: ACCEPTED });
    reply(asked, { result: { action: 'decline' } });
    reply(asked, { error: { code: -1, message: 'no' } });
    expect(JSON.stringify((await answerTo(id)).result)).toContain('green');
  });

  test.each([
    ['a result of no shape', { result: { what: 1 } }],
    ['an error', { error: { code: -1, message: 'the person has left' } }],
    ['an error of 100 KiB', { error: { code: -1, message: 'x'.repeat(100_000) } }],
  ])('N33 the client answers with %s: the call ends', async (_what, content) => {
    const id = begin('ask__ask', ['form']);
    reply(await question('elicitation/create'), content);
    const { result, error } = await answerTo(id);
    expect(result ?? error).toBeDefined();
  });

  test('N34 the client cancels the call and answers all the same: nobody is harmed', async () => {
    const id = begin('ask__ask', ['form']);
    const asked = await question('elicitation/create');
    hub.notify('notifications/cancelled', { requestId: id });
    reply(asked, { result: ACCEPTED });
    const { result } = (await hub.request('tools/call', { name: 'ask__say', arguments: {} })).message;
    expect(result).toBeDefined();
  });

  test('N35 the client goes away: the call gets its error within the grace', async () => {
    const id = begin('ask__ask', ['form']);
    await question('elicitation/create');
    const after = hub.request('tools/call', { name: 'r2__say', arguments: {} });
    await after;
    hub.endInput();
    expect((await answerTo(id)).error?.message).toContain('the hub is ending');
    await hub.exited;
    // What is checked after each case takes a hub that lives.
    hub = await startHub({
      home,
      config: { mcpServers: { r2: { command: process.execPath, args: [fixture('asking.mjs'), 'r2', era] } } },
    });
    await hub.request('initialize', CLIENT);
  });
});
