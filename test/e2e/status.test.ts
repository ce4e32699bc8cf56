import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HubStatus } from '../../src/hub/control/messages.ts';
import { initialize, talker } from './support/conversation.ts';
import { startHub } from './support/hub-process.ts';
import { eventually } from './support/processes.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome, type TempHome } from './support/temp-home.ts';
import { legacyServer } from './support/upstreams.ts';

describe('mcp-hub status', () => {
  let home: TempHome;
  beforeEach(() => {
    home = createTempHome();
  });
  afterEach(() => home.remove());

  const hubs = async (): Promise<readonly HubStatus[]> => {
    const { stdout } = await runCommand(['status', '--json'], { home });
    return (JSON.parse(stdout) as { hubs: HubStatus[] }).hubs;
  };

  test('tells of hubs from the start of their first server to their end', async () => {
    const hub = await startHub({ home, config: { mcpServers: { good: legacyServer('good') } } });
    {
      await using _hub = hub;
      await initialize(hub);
      expect(await hubs()).toEqual([]);
      const client = talker(hub, 'legacy');
      await client.names('tools');
      const [status] = await eventually('the hub to be found', async () => {
        const found = await hubs();
        return found.length === 1 && found[0]?.upstreams[0]?.state === 'ready' && found;
      });
      expect(status).toMatchObject({
        pid: hub.pid,
        clients: [{ transport: 'stdio', era: 'legacy' }],
        upstreams: [{ name: 'good', state: 'ready', era: 'legacy', breaker: 'closed', calls: 0 }],
        callCount: 0,
      });
      expect(status?.upstreams[0]).not.toHaveProperty('offerKey');
      const answer = client.call('good__slow', { ms: 600_000 }, { id: 'held' });
      const [busy] = await eventually('the call to be told', async () => {
        const found = await hubs();
        return found[0]?.callCount === 1 && found;
      });
      expect(busy).toMatchObject({
        upstreams: [{ name: 'good', calls: 1 }],
        calls: [{ method: 'tools/call', name: 'good__slow', upstream: 'good', client: 'raw-legacy' }],
      });
      hub.notify('notifications/cancelled', { requestId: 'held' });
      await eventually('the call to be gone', async () => (await hubs())[0]?.callCount === 0);
      answer.catch(() => {});
      const { stdout } = await runCommand(['status'], { home });
      expect(stdout).toMatch(/^hub \d+, mcp-hub .*started/);
      expect(stdout).toContain('good    ready');
    }
    expect(await hubs()).toEqual([]);
    const { stdout, code } = await runCommand(['status'], { home });
    expect([code, stdout]).toEqual([0, expect.stringContaining('no hub is running')]);
    expect(existsSync(join(home.stateDir, 'hubs'))).toBe(false);
  }, 30_000);
});
