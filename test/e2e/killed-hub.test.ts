import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { initialize, talker } from './support/conversation.ts';
import { pidsIn } from './support/evil-log.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { fixture } from './support/paths.ts';
import { eventually, isAlive, processesMentioning } from './support/processes.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import type { UpstreamEntry } from './support/upstreams.ts';

/** A server that ignores all that can be ignored, and has a child that does too. */
const deafServer = (home: TempHome, name: string): UpstreamEntry => ({
  command: process.execPath,
  args: [fixture('legacy.mjs'), name],
  env: { EVIL: 'ignore-eof,ignore-term,grandchild', EVIL_LOG: home.file('evil.ndjson') },
});

const startWith = async (home: TempHome, names: readonly string[]): Promise<HubProcess> => {
  const config = { mcpServers: Object.fromEntries(names.map((name) => [name, deafServer(home, name)])) };
  const hub = await startHub({ config, home });
  await initialize(hub);
  await talker(hub, 'legacy').names('tools');
  return hub;
};

const pages = (home: TempHome): string[] => {
  try {
    return readdirSync(`${home.stateDir}/processes`);
  } catch {
    return [];
  }
};

/** How many groups the page of the only hub names. */
const groupsOn = (home: TempHome): number => {
  const [page] = pages(home).filter((name) => name.endsWith('.json'));
  if (page === undefined) return 0;
  const { groups } = JSON.parse(readFileSync(`${home.stateDir}/processes/${page}`, 'utf8')) as { groups: unknown[] };
  return groups.length;
};

/** The guard of a hub: the shell that is its child. Linux only. */
const guardOf = ({ pid }: HubProcess): number => {
  const guard = processesMentioning('mcp-hub-guard').find((each) => parentOf(each) === pid);
  if (guard === undefined) throw new Error('the hub has no guard');
  return guard;
};

/** Field 4 of its line (proc_pid_stat(5)). */
const parentOf = (pid: number): number | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
};

describe.runIf(process.platform === 'linux')('a hub that is killed', () => {
  test('leaves nothing behind, though its servers ignore all that can be ignored', async () => {
    const home = createTempHome();
    const hub = await startWith(home, ['one', 'two']);
    const guard = guardOf(hub);
    hub.kill('SIGKILL');
    await hub.exited;
    const pids = pidsIn(home.file('evil.ndjson'));
    expect(pids).toHaveLength(4);
    await eventually('every process to be gone', () => ![...pids, guard].some(isAlive));
    home.remove();
  }, 30_000);

  test('together with its guard leaves nothing behind once another hub has a client', async () => {
    const home = createTempHome();
    const hub = await startWith(home, ['one', 'two']);
    const pids = pidsIn(home.file('evil.ndjson'));
    await eventually('both on its page', () => groupsOn(home) === 2);
    // Stopped, so that it cannot start another guard.
    hub.kill('SIGSTOP');
    process.kill(guardOf(hub), 'SIGKILL');
    hub.kill('SIGKILL');
    await hub.exited;
    expect(pids.filter(isAlive)).toEqual(pids);
    const next = await startHub({ config: { mcpServers: {} }, home });
    await initialize(next);
    await eventually('every process to be gone', () => !pids.some(isAlive));
    await eventually('the page to be torn out', () => pages(home).length === 0);
    expect(next.stderr()).toContain('servers that a killed hub had left behind were ended: 2');
    await next.stop();
    home.remove();
  }, 30_000);

  test('is one of ten in one state directory: the others keep their servers', async () => {
    const home = createTempHome();
    const homes = Array.from({ length: 10 }, () => createTempHome());
    const hubs = await Promise.all(
      homes.map(async (own) => {
        const hub = await startHub({
          config: { mcpServers: { good: { command: process.execPath, args: [fixture('legacy.mjs'), 'good'] } } },
          home: own,
          env: { MCP_HUB_STATE_DIR: home.stateDir },
        });
        await initialize(hub);
        // A list alone may come from what another hub has kept.
        await talker(hub, 'legacy').callText('good__echo', { m: 'x' });
        return hub;
      }),
    );
    await eventually('ten pages', () => pages(home).filter((name) => name.endsWith('.json')).length === 10);
    const [killed, ...others] = hubs;
    killed?.kill('SIGKILL');
    await killed?.exited;
    for (const hub of others) expect(await talker(hub, 'legacy').callText('good__echo', { m: 'x' })).toContain('x');
    await Promise.all(others.map((hub) => hub.stop()));
    // The page of the killed one is left for the next hub.
    expect(pages(home)).toHaveLength(1);
    for (const own of [home, ...homes]) own.remove();
  }, 60_000);
});

describe.runIf(process.platform === 'linux')('a hub that ends in good order', () => {
  test('leaves no guard and no page', async () => {
    const home = createTempHome();
    const hub = await startWith(home, ['one']);
    const guard = guardOf(hub);
    await eventually('the page', () => pages(home).some((name) => name.endsWith('.json')));
    await hub.stop();
    expect(isAlive(guard)).toBe(false);
    expect(pages(home)).toEqual([]);
    home.remove();
  }, 30_000);

  test('has written and started nothing where no server was needed', async () => {
    const home = createTempHome();
    const hub = await startHub({ config: { mcpServers: { one: deafServer(home, 'one') } }, home });
    await initialize(hub);
    await hub.request('ping');
    expect(() => guardOf(hub)).toThrow('no guard');
    await hub.stop();
    expect(pages(home)).toEqual([]);
    home.remove();
  }, 30_000);
});
