import { describe, expect, test } from 'vitest';
import { query } from '../store/support/log-bench.ts';
import { initialize, talker } from './support/conversation.ts';
import { startHub } from './support/hub-process.ts';
import { runCommand } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer, modernServer } from './support/upstreams.ts';

const ROUNDS = 8;
const CONCURRENT = 4;

describe.skipIf(process.platform === 'win32')('in audit mode', () => {
  test('no acknowledged call is missing from the log, whenever the hub is killed', { timeout: 120_000 }, async () => {
    const home = createTempHome();
    const config = {
      mcpServers: { old: legacyServer('old'), new: modernServer('new') },
      hub: { log: { durability: 'audit', onFailure: 'block' } },
    };
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const hub = await startHub({ config, home });
      await initialize(hub);
      const client = talker(hub, 'legacy');
      /** The kill comes in the middle of the other calls, after so many answers. */
      let rest = 1 + Math.floor(Math.random() * 60);
      const callOnAndOn = async (name: string): Promise<void> => {
        while (rest > 0) {
          await client.call(name, { m: 'a' });
          acknowledged += 1;
          rest -= 1;
          if (rest === 0) hub.kill('SIGKILL');
        }
      };
      // A call that is open when the hub is killed is never answered.
      for (let index = 0; index < CONCURRENT; index += 1)
        void callOnAndOn(index % 2 === 0 ? 'old__echo' : 'new__echo').catch(() => {});
      await hub.exited;
      const [row] = query<{ ended: number }>(
        home.stateDir,
        "SELECT count(*) AS ended FROM calls WHERE outcome = 'ok' AND method = 'tools/call'",
      );
      expect(row?.ended).toBeGreaterThanOrEqual(acknowledged);
    }
    expect(acknowledged).toBeGreaterThan(ROUNDS);
    const { stdout } = await runCommand(['logs', '-n', '100000', '--json'], { home });
    expect(stdout).not.toContain('"outcome":"running"');
    home.remove();
  });
});
