import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { verifies } from '../requirements/verifies.ts';
import { ASKED_CLIENTS, type AskedClient, type AskedClientOptions } from '../support/asked-clients.ts';
import { linesTo, methodsTo } from '../support/evil-log.ts';
import { fixture, HUB_BIN } from '../support/paths.ts';
import { eventually } from '../support/processes.ts';
import { createTempHome, type TempHome } from '../support/temp-home.ts';
import { legacyServer, modernServer, type UpstreamEntry } from '../support/upstreams.ts';

const UPSTREAMS = [
  ['legacy', 'old'],
  ['modern', 'new'],
] as const;

/** A hub of its own for each test: what is watched and how loud upstreams are outlives a client. */
let home: TempHome;
let client: AskedClient | undefined;
const clients: AskedClient[] = [];
const homes: TempHome[] = [];
afterEach(async () => {
  for (const open of clients.splice(0)) await open.close();
  client = undefined;
}, 30_000);
afterAll(() => {
  for (const used of homes) used.remove();
});

type Connect = (typeof ASKED_CLIENTS)[number][2];

const serve = (createServers: (evilLog: string) => Record<string, UpstreamEntry>) => {
  home = createTempHome();
  homes.push(home);
  const evilLog = home.file('evil.ndjson');
  const configFile = home.file('mcp-hub.config.json');
  writeFileSync(configFile, JSON.stringify({ mcpServers: createServers(evilLog) }));
  const program = { command: process.execPath, args: [HUB_BIN, 'serve', '--config', configFile], env: home.env };
  const connect = async (connectWith: Connect, options?: AskedClientOptions): Promise<AskedClient> => {
    client = await connectWith(program, options);
    clients.push(client);
    return client;
  };
  return { evilLog, connect };
};

const asking = (evilLog: string): Record<string, UpstreamEntry> =>
  Object.fromEntries(
    UPSTREAMS.map(([era, name]) => [
      name,
      { command: process.execPath, args: [fixture('asking.mjs'), name, era], env: { EVIL_LOG: evilLog } },
    ]),
  );

describe.each(ASKED_CLIENTS)('the %s client of the SDK', (_name, era, connectWith) => {
  describe.each(UPSTREAMS)('with a %s upstream', (upstreamEra, upstream) => {
    test('is told of changes in the resources that it watches, and of no others', async () => {
      verifies('resources:updated');
      const { evilLog, connect } = serve(asking);
      const { callText, watch, updated } = await connect(connectWith);
      const [one, two] = [`ask://${upstream}/one`, `ask://${upstream}/two`];
      const touch = (uri: string): Promise<string> => callText(`${upstream}__touch`, { uri });
      const unwatch = await watch(one);
      await eventually('the upstream to be told', () => isWatched(evilLog, upstream, one));
      await touch(two);
      await touch(one);
      await eventually('the change to be told', () => updated.length > 0);
      expect(updated).toEqual([one]);
      await unwatch();
      if (upstreamEra === 'legacy') {
        await eventually('the upstream to be told', () =>
          methodsTo(evilLog, upstream).includes('resources/unsubscribe'),
        );
      }
      await touch(one);
      await touch(two);
      expect(updated).toEqual([one]);
    });

    test('gets the log messages of its calls from its level on', async () => {
      verifies('logging:session-level');
      const { connect } = serve(asking);
      const { callText, setLogLevel, logged } = await connect(connectWith);
      await setLogLevel('warning');
      expect(await callText(`${upstream}__say`)).toBe('said');
      const wanted = ['warning', 'error', 'critical', 'alert', 'emergency'].map(
        (level) => `${level} ${upstream} ${level}`,
      );
      await eventually('the messages', () => logged.length >= wanted.length);
      expect(logged).toEqual(wanted);
      await setLogLevel('error');
      logged.length = 0;
      await callText(`${upstream}__say`);
      await eventually('the messages', () => logged.length >= 4);
      expect(logged[0]).toBe(`error ${upstream} error`);
    });
  });

  test('hears when the list of tools has changed, and sees the new one', async () => {
    const { connect } = serve((log) => ({ old: legacyServer('old', { log }), new: modernServer('new', { log }) }));
    const connected = await connect(connectWith);
    const { callText, toolNames } = connected;
    await eventually('both', async () => {
      const names = await toolNames();
      return UPSTREAMS.every(([, name]) => names.includes(`${name}__grow`));
    });
    if (era === 'modern') await connected.watch();
    for (const [, name] of UPSTREAMS) {
      const before = connected.toolChanges;
      await callText(`${name}__grow`, { name: `grown_${name}` });
      await eventually('the change', () => connected.toolChanges > before);
      expect(await toolNames()).toContain(`${name}__grown_${name}`);
    }
  }, 30_000);
});

const isWatched = (evilLog: string, upstream: string, uri: string): boolean =>
  linesTo(evilLog, upstream).some(
    (line) => (line.includes('resources/subscribe') || line.includes('resourceSubscriptions')) && line.includes(uri),
  );
