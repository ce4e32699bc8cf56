import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { initialize, modernMeta, type Talker, talker } from './support/conversation.ts';
import { pidsIn, readEvilLog } from './support/evil-log.ts';
import { type HubConfigFile, type HubProcess, startHub } from './support/hub-process.ts';
import { eventually, isAlive } from './support/processes.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { legacyServer, modernServer } from './support/upstreams.ts';

/** A hub whose configuration is edited while it serves. */
interface Edited {
  readonly home: TempHome;
  readonly hub: HubProcess;
  readonly client: Talker;
  readonly log: string;
  /** Writes the file in one go. */
  save(config: HubConfigFile | string): void;
  /** Waits until the hub has gone over to another configuration so often. */
  followed(times: number): Promise<void>;
  /** How often it has. */
  follows(): number;
  /** How often the client was told that a list has changed. */
  told(list: 'tools' | 'prompts' | 'resources'): number;
  pidOf(upstream: string): Promise<number>;
}

let opened: Edited[] = [];
afterEach(async () => {
  for (const { hub, home } of opened) {
    await hub.stop();
    home.remove();
  }
  opened = [];
});

interface SetUp {
  readonly config?: (log: string) => HubConfigFile;
  readonly args?: readonly string[];
  readonly home?: TempHome;
}

const two = (log: string, hub: object = {}): HubConfigFile => ({
  mcpServers: { good: legacyServer('good', { log }), evil: legacyServer('evil', { log }) },
  hub: { timeouts: { graceMs: 5_000 }, ...hub },
});

/** Both servers run, and the client has got all lists. */
const open = async ({ config = two, args = [], home = createTempHome() }: SetUp = {}): Promise<Edited> => {
  const log = home.file('evil.ndjson');
  const hub = await startHub({ config: config(log), home, args: ['--log-level', 'info', ...args] });
  await initialize(hub);
  const client = talker(hub, 'legacy');
  for (const list of ['tools', 'prompts', 'resources'] as const) await client.names(list);
  const follows = (): number => hub.stderr().split('the configuration was read again').length - 1;
  const edited: Edited = {
    home,
    hub,
    client,
    log,
    save: (next) => writeFileSync(hub.configFile, typeof next === 'string' ? next : JSON.stringify(next)),
    follows,
    followed: async (times) => void (await eventually(`reload ${times}: ${hub.stderr()}`, () => follows() >= times)),
    told: (list) =>
      hub.messages.filter(({ message }) => message.method === `notifications/${list}/list_changed`).length,
    pidOf: async (upstream) => JSON.parse(await client.callText(`${upstream}__whoami`)).pid as number,
  };
  opened.push(edited);
  return edited;
};

/** A call that is under way at the server, and its answer. */
const begin = async ({ hub, log }: Edited, name: string, ms: number): Promise<{ readonly answer: Promise<string> }> => {
  const answer = hub.request('tools/call', { name, arguments: { ms } });
  await eventually('the call to arrive', () => readEvilLog(log).some(({ raw }) => raw?.includes(`"ms":${ms}`)));
  return { answer: answer.then(({ message }) => JSON.stringify(message.result ?? message.error)) };
};

/** Nothing more is told after what was told. */
const settle = (): Promise<void> => delay(700);

describe('while a call is under way, an edit', () => {
  test('with a syntax error is told once, with its place, and the configuration that counted goes on (F38a)', async () => {
    const edited = await open();
    const { hub, home, client } = edited;
    const before = await edited.pidOf('good');
    const slow = await begin(edited, 'good__slow', 2_000);
    const broken = '{\n  "mcpServers": {\n    "good": }\n}';
    edited.save(broken);
    await eventually('the complaint', () => hub.stderr().includes(`${hub.configFile}:3:13`));
    edited.save(`${broken}\n`);
    await delay(1_500);
    expect(hub.stderr().split('goes on').length - 1).toBe(1);
    expect(await slow.answer).toContain('waited 2000');
    expect(await edited.pidOf('good')).toBe(before);
    expect(await client.names('tools')).toContain('evil__echo');
    edited.save(two(home.file('evil.ndjson')));
    await eventually('the all-clear', () => hub.stderr().includes('the configuration is right again'));
    expect(edited.follows()).toBe(0);
  }, 30_000);

  test('of the arguments of one server replaces that one alone (F38b)', async () => {
    const edited = await open();
    const { log } = edited;
    const [good, evil] = [await edited.pidOf('good'), await edited.pidOf('evil')];
    const slow = await begin(edited, 'good__slow', 2_000);
    const { mcpServers, ...rest } = two(log);
    const args = [...(mcpServers['evil']?.args ?? []), 'more'];
    edited.save({ ...rest, mcpServers: { ...mcpServers, evil: { ...mcpServers['evil'], args } } });
    await edited.followed(1);
    const next = await edited.pidOf('evil');
    expect(next).not.toBe(evil);
    await eventually('the end of the old one', () => !isAlive(evil));
    expect(await slow.answer).toContain('waited 2000');
    expect(await edited.pidOf('good')).toBe(good);
    await settle();
    expect([edited.told('tools'), edited.told('prompts'), edited.told('resources')]).toEqual([0, 0, 0]);
  }, 30_000);

  test('that takes a server out ends it, and is told once for each list (F38c)', async () => {
    const edited = await open();
    const { log, client } = edited;
    const [good, evil] = [await edited.pidOf('good'), await edited.pidOf('evil')];
    const slow = await begin(edited, 'good__slow', 2_000);
    edited.save({ ...two(log), mcpServers: { good: legacyServer('good', { log }) } });
    await eventually('the news', () => edited.told('tools') === 1);
    const tools = await client.names('tools');
    expect(tools.filter((name) => name.startsWith('evil'))).toEqual([]);
    expect(tools).toContain('good__echo');
    expect(JSON.stringify((await client.call('evil__echo', { m: 'x' })).message.error)).toContain('evil__echo');
    await eventually('the end of the server', () => !isAlive(evil));
    expect(await slow.answer).toContain('waited 2000');
    expect(await edited.pidOf('good')).toBe(good);
    await settle();
    expect([edited.told('tools'), edited.told('prompts'), edited.told('resources')]).toEqual([1, 1, 1]);
  }, 30_000);

  test('that is written in parts counts when it is whole (F38d)', async () => {
    const edited = await open();
    const { hub, log } = edited;
    const slow = await begin(edited, 'good__slow', 2_000);
    const text = JSON.stringify({ ...two(log), mcpServers: { good: legacyServer('good', { log }) } });
    const third = Math.ceil(text.length / 3);
    writeFileSync(hub.configFile, text.slice(0, third));
    await delay(50);
    appendFileSync(hub.configFile, text.slice(third, 2 * third));
    await delay(50);
    appendFileSync(hub.configFile, text.slice(2 * third));
    await edited.followed(1);
    await settle();
    expect(edited.follows()).toBe(1);
    expect(hub.stderr()).not.toContain('goes on');
    expect(await slow.answer).toContain('waited 2000');
  }, 30_000);

  test('that puts another file in its place counts (F38e)', async () => {
    const edited = await open();
    const { hub, log, home } = edited;
    const slow = await begin(edited, 'good__slow', 2_000);
    for (const [round, mcpServers] of [{ good: legacyServer('good', { log }) }, two(log).mcpServers].entries()) {
      const file = home.file(`next-${round}.json`);
      writeFileSync(file, JSON.stringify({ ...two(log), mcpServers }));
      renameSync(file, hub.configFile);
      await edited.followed(round + 1);
    }
    expect(await slow.answer).toContain('waited 2000');
    expect(await edited.client.names('tools')).toContain('evil__echo');
  }, 30_000);

  test('that is saved a hundred times in a second counts as it is at last (F38f)', async () => {
    const edited = await open();
    const { log, client } = edited;
    const slow = await begin(edited, 'good__slow', 2_000);
    for (let count = 0; count < 100; count += 1) {
      edited.save(two(log, { servers: { evil: { prefix: `e${count}` } } }));
      await delay(10);
    }
    await eventually('the last one', async () => (await client.names('tools')).includes('e99__echo'));
    expect(edited.follows()).toBeLessThanOrEqual(2);
    expect(await slow.answer).toContain('waited 2000');
  }, 30_000);
});

describe('an edit', () => {
  test('of prefixes, names, filters and routes touches no process', async () => {
    const edited = await open();
    const { log, client } = edited;
    const [good, evil] = [await edited.pidOf('good'), await edited.pidOf('evil')];
    edited.save(
      two(log, {
        servers: {
          good: { prefix: 'g', rename: { echo: 'say' }, describe: { echo: 'Says it' } },
          evil: { tools: { include: ['whoami', 'slow'] } },
        },
        routes: [{ match: 'slow', to: 'evil' }],
      }),
    );
    await eventually('the news', () => edited.told('tools') === 1);
    const tools = await client.names('tools');
    expect(tools).toEqual(expect.arrayContaining(['g__say', 'evil__whoami', 'slow']));
    expect(tools).not.toContain('evil__echo');
    expect(JSON.parse(await client.callText('g__whoami')).pid).toBe(good);
    expect(await edited.pidOf('evil')).toBe(evil);
    expect(await client.callText('slow', { ms: 1 })).toBe('waited 1');
    await settle();
    expect(edited.told('tools')).toBe(1);
  }, 30_000);

  test('of a comment, or of nothing, is no news at all', async () => {
    const edited = await open();
    const { hub, log } = edited;
    edited.save(`// a comment\n${JSON.stringify(two(log), undefined, 2)}`);
    await settle();
    await settle();
    expect(edited.follows()).toBe(0);
    expect(hub.messages.filter(({ message }) => message.method !== undefined)).toEqual([]);
  }, 30_000);

  test('that adds a server has it appear, and told once', async () => {
    const edited = await open();
    const { log, client } = edited;
    edited.save({ ...two(log), mcpServers: { ...two(log).mcpServers, third: modernServer('third', { log }) } });
    await eventually('the news', () => edited.told('tools') === 1);
    expect(await client.names('tools')).toContain('third__echo');
    expect(await client.callText('third__echo', { m: 'hi' })).toBe('hi');
    await settle();
    expect([edited.told('tools'), edited.told('prompts'), edited.told('resources')]).toEqual([1, 1, 1]);
  }, 30_000);

  test('that gives a server another name takes the one and adds the other, and is told once', async () => {
    const edited = await open();
    const { log, client } = edited;
    const evil = await edited.pidOf('evil');
    edited.save({
      ...two(log),
      mcpServers: { good: legacyServer('good', { log }), kind: legacyServer('evil', { log }) },
    });
    await eventually('the news', () => edited.told('tools') === 1);
    const tools = await client.names('tools');
    expect(tools).toContain('kind__echo');
    expect(tools).not.toContain('evil__echo');
    await eventually('the end of the old one', () => !isAlive(evil));
    await settle();
    expect(edited.told('tools')).toBe(1);
  }, 30_000);

  test('that changes, adds and removes servers at once is told once', async () => {
    const edited = await open();
    const { log, client } = edited;
    const evil = legacyServer('evil', { log, evil: 'many-tools:2' });
    edited.save({ ...two(log), mcpServers: { evil, third: legacyServer('third', { log }) } });
    await eventually('the news', () => edited.told('tools') === 1);
    const tools = await client.names('tools');
    expect(tools).toEqual(expect.arrayContaining(['evil__extra_1', 'third__echo']));
    expect(tools.filter((name) => name.startsWith('good'))).toEqual([]);
    await settle();
    expect(edited.told('tools')).toBe(1);
  }, 30_000);

  test('that spoils one entry leaves the server as it is, and says why', async () => {
    const edited = await open();
    const { hub, log, client } = edited;
    const evil = await edited.pidOf('evil');
    const { evil: entry, good } = two(log).mcpServers;
    edited.save(JSON.stringify({ ...two(log), mcpServers: { good, evil: { ...entry, command: 5 } } }));
    await eventually('the complaint', () => hub.stderr().includes('goes on'));
    expect(hub.stderr()).toContain(`${hub.configFile}:1:`);
    expect(await edited.pidOf('evil')).toBe(evil);
    expect(await client.names('tools')).toContain('good__echo');
  }, 30_000);

  test('while a server is starting has its calls answered by the new one', async () => {
    const edited = await open({
      config: (log) => ({
        mcpServers: { good: legacyServer('good', { log }), evil: legacyServer('evil', { log, evil: 'hang-init' }) },
        hub: { timeouts: { firstListMs: 200, graceMs: 5_000 } },
      }),
    });
    const { log } = edited;
    const call = edited.client.callText('evil__echo', { m: 'at last' });
    edited.save({
      mcpServers: { good: legacyServer('good', { log }), evil: legacyServer('evil', { log }) },
      hub: { timeouts: { firstListMs: 10_000, graceMs: 5_000 } },
    });
    await edited.followed(1);
    await call.catch(() => {});
    await eventually('its tools', async () => (await edited.client.names('tools')).includes('evil__echo'));
    expect(await edited.client.callText('evil__echo', { m: 'at last' })).toBe('at last');
  }, 30_000);

  test('during the drain of another edit counts too; the call that is drained ends well', async () => {
    const edited = await open();
    const { log, client } = edited;
    const slow = await begin(edited, 'evil__slow', 2_500);
    const evil = pidsIn(log);
    for (const [round, mode] of ['many-tools:1', 'many-tools:2'].entries()) {
      const mcpServers = { good: legacyServer('good', { log }), evil: legacyServer('evil', { log, evil: mode }) };
      edited.save({ ...two(log), mcpServers });
      await edited.followed(round + 1);
    }
    await eventually('the last tools', async () => (await client.names('tools')).includes('evil__extra_1'));
    expect(await slow.answer).toContain('waited 2500');
    await eventually('the end of the old ones', () => evil.filter(isAlive).length === 1);
  }, 30_000);

  test('that ends a call only after the grace says that its outcome is not known', async () => {
    const edited = await open({ config: (log) => two(log, { timeouts: { graceMs: 300 } }) });
    const { log } = edited;
    const slow = await begin(edited, 'evil__slow', 20_000);
    edited.save({ ...two(log, { timeouts: { graceMs: 300 } }), mcpServers: { good: legacyServer('good', { log }) } });
    expect(await slow.answer).toContain('"outcome":"unknown"');
  }, 30_000);

  test('of what is read at the start alone says so in one sentence', async () => {
    const edited = await open();
    const { hub, log } = edited;
    edited.save(two(log, { log: { keepDays: 3 }, limits: { lineBytes: 1_000_000 } }));
    const sentence = 'hub.log, hub.limits.lineBytes, which counts from the next start of the hub on';
    await eventually('the sentence', () => hub.stderr().includes(sentence));
  }, 30_000);

  test('of timeouts and limits of a running server takes effect without another process', async () => {
    const edited = await open();
    const { log, hub } = edited;
    const evil = await edited.pidOf('evil');
    edited.save(two(log, { servers: { evil: { timeouts: { callMs: 100 }, retry: 'off' } } }));
    await edited.followed(1);
    const { message } = await hub.request('tools/call', { name: 'evil__slow', arguments: { ms: 5_000 } });
    expect(JSON.stringify(message.error)).toContain('100 ms');
    expect(await edited.pidOf('evil')).toBe(evil);
  }, 30_000);

  test('that switches a server off and on again takes it away and gives it back', async () => {
    const edited = await open();
    const { log, client } = edited;
    const evil = await edited.pidOf('evil');
    const { mcpServers } = two(log);
    edited.save({ ...two(log), mcpServers: { ...mcpServers, evil: { ...mcpServers['evil'], disabled: true } } });
    await eventually('the news', () => edited.told('tools') === 1);
    expect((await client.names('tools')).filter((name) => name.startsWith('evil'))).toEqual([]);
    await eventually('the end', () => !isAlive(evil));
    edited.save(two(log));
    await eventually('the news', () => edited.told('tools') === 2);
    expect(await client.callText('evil__echo', { m: 'back' })).toBe('back');
  }, 30_000);
});

describe('the file', () => {
  test('that is gone changes nothing, and counts when it is there again', async () => {
    const edited = await open();
    const { hub, log, client } = edited;
    rmSync(hub.configFile);
    await eventually('the complaint', () => hub.stderr().includes('there is no such file'));
    expect(await client.names('tools')).toContain('evil__echo');
    edited.save({ ...two(log), mcpServers: { good: legacyServer('good', { log }) } });
    await eventually('the news', () => edited.told('tools') === 1);
    expect((await client.names('tools')).filter((name) => name.startsWith('evil'))).toEqual([]);
  }, 30_000);

  test('whose folder is removed and made again is followed', async () => {
    const home = createTempHome();
    const folder = home.file('somewhere');
    const file = `${folder}/mcp-hub.json`;
    const log = home.file('evil.ndjson');
    mkdirSync(folder);
    writeFileSync(file, JSON.stringify(two(log)));
    const edited = await open({ home, args: ['--config', file] });
    rmSync(folder, { recursive: true });
    await eventually('the complaint', () => edited.hub.stderr().includes('there is no such file'));
    mkdirSync(folder);
    writeFileSync(file, JSON.stringify({ ...two(log), mcpServers: { good: legacyServer('good', { log }) } }));
    await eventually('the news', () => edited.told('tools') === 1, 15_000);
  }, 40_000);

  test('behind a symbolic link is followed, and so is the link', async () => {
    const home = createTempHome();
    const log = home.file('evil.ndjson');
    const link = home.file('link.json');
    for (const place of ['one', 'two']) mkdirSync(home.file(place));
    writeFileSync(home.file('one/config.json'), JSON.stringify(two(log)));
    symlinkSync(home.file('one/config.json'), link);
    const edited = await open({ home, args: ['--config', link] });
    writeFileSync(home.file('one/config.json'), JSON.stringify(two(log, { servers: { good: { prefix: 'g' } } })));
    await eventually('the new name', async () => (await edited.client.names('tools')).includes('g__echo'));
    writeFileSync(home.file('two/config.json'), JSON.stringify(two(log, { servers: { good: { prefix: 'h' } } })));
    symlinkSync(home.file('two/config.json'), `${link}.next`);
    renameSync(`${link}.next`, link);
    await eventually('the newer name', async () => (await edited.client.names('tools')).includes('h__echo'));
    writeFileSync(home.file('two/config.json'), JSON.stringify(two(log, { servers: { good: { prefix: 'i' } } })));
    await eventually('the newest name', async () => (await edited.client.names('tools')).includes('i__echo'));
  }, 40_000);

  test('of variables has the servers that use them started anew', async () => {
    const home = createTempHome();
    const log = home.file('evil.ndjson');
    const secrets = home.file('secrets.env');
    writeFileSync(secrets, 'TOKEN=first\n', { mode: 0o600 });
    const evil = legacyServer('evil', { log });
    const config = {
      mcpServers: {
        good: legacyServer('good', { log }),
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration
        evil: { ...evil, env: { ...evil.env, TOKEN: '${TOKEN}' } },
      },
      hub: { envFile: secrets },
    };
    const edited = await open({ home, config: () => config });
    const tokenOf = async (): Promise<string> =>
      JSON.parse(await edited.client.callText('evil__whoami', { env: ['TOKEN'] })).env.TOKEN as string;
    const good = await edited.pidOf('good');
    expect(await tokenOf()).toBe('first');
    writeFileSync(secrets, 'TOKEN=second\n');
    await eventually('the other value', async () => (await tokenOf()) === 'second');
    expect(await edited.pidOf('good')).toBe(good);
    expect(edited.hub.stderr()).not.toContain('second');
  }, 30_000);

  test('is followed with --only too: a server that is taken out of it is gone', async () => {
    const edited = await open({ args: ['--only', 'good'] });
    const { log, client } = edited;
    edited.save(two(log, { servers: { good: { prefix: 'g' } } }));
    await eventually('the other name', async () => (await client.names('tools')).includes('g__echo'));
    expect((await client.names('tools')).every((name) => name.startsWith('g__'))).toBe(true);
    edited.save({ mcpServers: { evil: legacyServer('evil', { log }) } });
    await eventually('nothing', async () => (await client.names('tools')).length === 0);
  }, 30_000);
});

test('a subscription of a modern client is told once of an edit', async () => {
  const home = createTempHome();
  const log = home.file('evil.ndjson');
  const hub = await startHub({ config: two(log), home, args: ['--log-level', 'info'] });
  const client = talker(hub, 'modern');
  await client.names('tools');
  hub.sendRaw(
    `${JSON.stringify({
      jsonrpc: '2.0',
      id: 'sub',
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true }, _meta: modernMeta() },
    })}\n`,
  );
  await hub.nextMessage(({ method }) => method === 'notifications/subscriptions/acknowledged');
  writeFileSync(hub.configFile, JSON.stringify({ mcpServers: { good: legacyServer('good', { log }) } }));
  await hub.nextMessage(({ method }) => method === 'notifications/tools/list_changed');
  expect((await client.names('tools')).filter((name) => name.startsWith('evil'))).toEqual([]);
  await settle();
  expect(hub.messages.filter(({ message }) => message.method === 'notifications/tools/list_changed')).toHaveLength(1);
  await hub.stop();
  home.remove();
}, 30_000);
