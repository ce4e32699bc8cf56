import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { initialize, type Talker, talker } from './support/conversation.ts';
import { readEvilLog } from './support/evil-log.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { eventually } from './support/processes.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { legacyServer } from './support/upstreams.ts';

describe('a server that fails', () => {
  let home: TempHome;
  let evilLog: string;
  beforeEach(() => {
    home = createTempHome();
    evilLog = home.file('evil.ndjson');
  });
  afterEach(() => home.remove());

  const start = async (settings: object = {}): Promise<{ hub: HubProcess; client: Talker }> => {
    const hub = await startHub({
      home,
      config: {
        mcpServers: { good: legacyServer('good'), frail: legacyServer('frail', { log: evilLog }) },
        hub: { servers: { frail: settings } },
      },
    });
    await initialize(hub);
    const client = talker(hub, 'legacy');
    await client.names('tools');
    return { hub, client };
  };
  const crashes = (): number => readEvilLog(evilLog).filter(({ event }) => event === 'crash').length;

  test('in the middle of a tool has done its work once, and the client knows that nobody knows', async () => {
    const { hub, client } = await start();
    await using _hub = hub;
    const { message } = await client.call('frail__crash');
    expect(message.error).toMatchObject({
      data: { hubCode: 'UPSTREAM_CLOSED', upstream: 'frail', outcome: 'unknown' },
    });
    expect(crashes()).toBe(1);
    expect(await client.callText('frail__echo', { m: 'x' })).toBe('x');
  }, 20_000);

  test('is called once more where the operator says that every call is harmless', async () => {
    const { hub, client } = await start({ retry: 'safe' });
    await using _hub = hub;
    const { message } = await client.call('frail__crash');
    expect(message.error).toMatchObject({ data: { outcome: 'unknown' } });
    expect(crashes()).toBe(2);
  }, 20_000);

  test('again and again is not asked any more for a while, and harms no other', async () => {
    const { hub, client } = await start();
    await using _hub = hub;
    for (let index = 0; index < 5; index += 1) await client.call('frail__crash');
    const asked = crashes();
    const { message } = await client.call('frail__echo', { m: 'x' });
    expect(message.error).toMatchObject({
      message: expect.stringContaining('frail is not asked: it keeps failing'),
      data: { hubCode: 'UPSTREAM_UNAVAILABLE', upstream: 'frail', retryAfterMs: expect.any(Number) },
    });
    expect(message.error).not.toHaveProperty('data.outcome');
    expect(crashes()).toBe(asked);
    expect(hub.stderr()).toMatch(/frail is not asked for \d+\.\d s: 5 calls in a row failed/);
    expect(await client.callText('good__echo', { m: 'x' })).toBe('x');
  }, 20_000);
});

test('a server that has nothing to do is stopped in good order, and started again by its next use', async () => {
  const home = createTempHome();
  const log = home.file('evil.ndjson');
  const config = {
    mcpServers: { lazy: legacyServer('lazy', { log }) },
    hub: { servers: { lazy: { idleStopMs: 200 } } },
  };
  const ends = (): number => readEvilLog(log).filter(({ event }) => event === 'eof').length;
  const hub = await startHub({ home, config });
  await initialize(hub);
  const client = talker(hub, 'legacy');
  await client.names('tools');
  await eventually('the end of its input', () => ends() === 1);
  const pids = new Set<unknown>();
  for (const round of [2, 3]) {
    pids.add((JSON.parse(await client.callText('lazy__whoami')) as { pid: number }).pid);
    await eventually('the next end of its input', () => ends() === round);
  }
  expect(pids.size).toBe(2);
  expect(readEvilLog(log).some(({ event }) => event === 'sigterm')).toBe(false);
  await hub.stop();
  home.remove();
}, 20_000);

describe('servers that can answer the same', () => {
  const start = async (
    strategy: string,
  ): Promise<{ hub: HubProcess; client: Talker; whoami: () => Promise<string> }> => {
    const hub = await startHub({
      config: {
        mcpServers: { one: legacyServer('one'), two: legacyServer('two') },
        hub: { routes: [{ match: 'whoami', to: ['one', 'two'], strategy }] },
      },
    });
    await initialize(hub);
    const client = talker(hub, 'legacy');
    await client.names('tools');
    const whoami = async (): Promise<string> =>
      String((JSON.parse(await client.callText('whoami')) as { argv: string[] }).argv[0]);
    return { hub, client, whoami };
  };

  test('take turns', async () => {
    const { hub, whoami } = await start('round-robin');
    await using _hub = hub;
    expect([await whoami(), await whoami(), await whoami()]).toEqual(['one', 'two', 'one']);
  }, 20_000);

  test('stand in for one that is not started again yet, unless it is named itself', async () => {
    const { hub, client, whoami } = await start('failover');
    await using _hub = hub;
    expect(await whoami()).toBe('one');
    await client.call('one__crash');
    await client.call('one__crash');
    expect(await whoami()).toBe('two');
    expect((await client.call('one__whoami')).message.error).toMatchObject({ data: { upstream: 'one' } });
  }, 20_000);
});
