import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningHub, runningHubs } from '../../src/hub/control/control-client.ts';
import type { LiveUpstream } from '../../src/hub/control/messages.ts';
import { initialize, type Talker, talker } from './support/conversation.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { eventually } from './support/processes.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { exampleServer, legacyServer } from './support/upstreams.ts';

const PATIENCE_MS = 30_000;

describe('what a running hub is asked to do through its socket', () => {
  let home: TempHome;
  let hub: HubProcess;
  let client: Talker;
  beforeEach(async () => {
    home = createTempHome();
    hub = await startHub({
      home,
      config: { mcpServers: { math: exampleServer('math'), other: legacyServer('other') } },
    });
    await initialize(hub);
    client = talker(hub, 'legacy');
    await client.names('tools');
    await eventually('both servers to be ready', async () => {
      const states = await Promise.all([upstream('math'), upstream('other')]);
      return states.every((each) => each?.state === 'ready');
    });
  });
  afterEach(async () => {
    await hub.stop();
    home.remove();
  });

  const running = (): RunningHub | undefined => runningHubs(home.stateDir)[0];

  const ask = async (...[command]: Parameters<RunningHub['ask']>): Promise<unknown> => {
    const found = running();
    if (found === undefined) throw new Error('no hub is running');
    return found.ask(command);
  };

  const upstream = async (name: string): Promise<LiveUpstream | undefined> =>
    (await running()?.status())?.upstreams.find((each) => each.name === name);

  const offersMath = async (): Promise<boolean> => (await client.names('tools')).includes('math__add');

  test('restarting a server ends its process, and the next call has a new one', { timeout: PATIENCE_MS }, async () => {
    const before = await readyAt();
    expect(await ask({ method: 'restart', params: { server: 'math' } })).toBe('math is started anew');
    expect(await client.callText('math__add', { a: 1, b: 2 })).toBe('3');
    await eventually('the server to be ready again', async () => {
      const math = await upstream('math');
      return math?.state === 'ready' && (math.stateAt ?? 0) > before;
    });
  });

  const readyAt = async (): Promise<number> => (await upstream('math'))?.stateAt ?? Number.NaN;

  test('a disabled server is gone for clients, until it is enabled', { timeout: PATIENCE_MS }, async () => {
    expect(await ask({ method: 'disable', params: { server: 'math' } })).toContain(
      'math is disabled until this hub ends',
    );
    await eventually('its tools to be gone', async () => !(await offersMath()));
    expect(await upstream('math')).toMatchObject({ state: 'disabled' });
    expect((await client.names('tools')).length).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(hub.configFile, 'utf8'))).toMatchObject({ mcpServers: { math: {} } });
    expect(await ask({ method: 'enable', params: { server: 'math' } })).toBe('math is enabled');
    await eventually('its tools to be there again', offersMath);
    expect(await client.callText('math__add', { a: 2, b: 2 })).toBe('4');
  });

  test('a hidden tool is left out by the file, and by the hub that follows it', { timeout: PATIENCE_MS }, async () => {
    const said = await ask({ method: 'hide', params: { server: 'math', tool: 'add' } });
    expect(said).toBe(`add of math is hidden, in ${hub.configFile}`);
    expect(JSON.parse(readFileSync(hub.configFile, 'utf8'))).toMatchObject({
      hub: { servers: { math: { tools: { exclude: ['add'] } } } },
    });
    await eventually('the tool to be gone', async () => !(await offersMath()));
    expect(await client.names('tools')).toContain('math__multiply');
  });

  test('a replayed call is answered, and is in the log under a name of its own', { timeout: PATIENCE_MS }, async () => {
    const params = { name: 'math__add', arguments: { a: 20, b: 3 } };
    const answer = await ask({ method: 'replay', params: { method: 'tools/call', params } });
    expect(JSON.stringify(answer)).toContain('"23"');
    await eventually('the call to be in the log', async () => {
      const { stdout } = await runCommand(['logs', '--json'], { home });
      return stdout.includes('mcp-hub replay') && stdout.includes('math__add');
    });
  });

  test('a server that there is not is named, and nothing changes', { timeout: PATIENCE_MS }, async () => {
    for (const method of ['restart', 'disable', 'enable'] as const)
      await expect(ask({ method, params: { server: 'nobody' } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask({ method: 'hide', params: { server: 'nobody', tool: 'add' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await offersMath()).toBe(true);
  });
});
