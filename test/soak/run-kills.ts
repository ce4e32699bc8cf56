import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { eventually, processesMentioning } from '../e2e/support/processes.ts';
import { runCommand } from '../e2e/support/run-command.ts';
import { createTempHome } from '../e2e/support/temp-home.ts';
import { evilServer } from '../faults/support/evil-server.ts';
import { type Chance, createChance } from './random.ts';
import { createStdioSoakClient } from './soak-client.ts';
import { startSoakHub } from './soak-hub.ts';

export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly onProgress?: (text: string) => void;
}

export interface KillReport {
  readonly seed: number;
  readonly rounds: number;
  /** Calls that were answered before their hub was killed. */
  readonly acknowledged: number;
  /** Calls that were sent and not answered. */
  readonly unanswered: number;
  /** Of these, the ones that the log knows to be unknown. */
  readonly unknown: number;
  readonly violations: readonly string[];
}

const LOOPS = 6;
const LONGEST_START_MS = 900;
const MOST_ANSWERS = 120;

/**
 * Kills a hub with SIGKILL at random moments while it works in `audit` mode, again and again on one log: no acknowledged call is
 * missing from it, nothing of a killed hub is left after its successor has begun, and the log stays sound.
 */
export const runKills = async ({ rounds, seed, onProgress = () => {} }: KillOptions): Promise<KillReport> => {
  const home = createTempHome();
  const log = home.file('evil.ndjson');
  const configFile = home.file('config.json');
  const servers = {
    old: evilServer('old', log, { evil: 'ignore-eof,ignore-term' }),
    young: evilServer('young', log, { era: 'modern' }),
  };
  const settings = { log: { durability: 'audit', onFailure: 'block' } };
  writeFileSync(configFile, JSON.stringify({ mcpServers: servers, hub: settings }));
  const chance = createChance(seed);
  const violations: string[] = [];
  const acknowledged = new Set<string>();
  let sent = 0;

  for (let round = 0; round < rounds; round += 1) {
    const hub = await startSoakHub(home, configFile, false);
    const era = round % 2 === 0 ? 'legacy' : 'modern';
    let isKilled = false;
    const client = await createStdioSoakClient(hub.child, era, (violation) => {
      if (!isKilled) violations.push(`round ${round}: ${violation}`);
    });
    const before = acknowledged.size;
    const loop = async (index: number): Promise<void> => {
      for (let count = 0; !isKilled; count += 1) {
        const id = `r${round}l${index}c${count}`;
        sent += 1;
        await client.call(id, `${chance.pick(['old', 'young'])}__echo`, { m: id }, 30_000);
        acknowledged.add(id);
      }
    };
    // A call that is open when the hub is killed is never answered.
    for (let index = 0; index < LOOPS; index += 1) loop(index).catch(() => {});
    await comeToTheKill(chance, () => acknowledged.size - before);
    hub.child.kill('SIGKILL');
    await hub.exited;
    isKilled = true;
    client.close();
    const missing = missingFrom(home.stateDir, acknowledged);
    if (missing.length > 0) violations.push(`round ${round}: not in the log: ${missing.slice(0, 5).join(', ')}`);
    if (round % 10 === 9) onProgress(`${round + 1} rounds, ${acknowledged.size} acknowledged`);
  }

  await eventually('every process to be gone', () => processesMentioning(home.dir).length === 0).catch(() => {
    violations.push(`processes are left: ${processesMentioning(home.dir).join(', ')}`);
  });
  // The next hub finds what the last one has left open.
  const last = await startSoakHub(home, configFile, false);
  const client = await createStdioSoakClient(last.child, 'legacy', (violation) => violations.push(violation));
  await client.call('last', 'young__echo', { m: 'last' }, 30_000);
  client.close();
  await last.exited;
  const open = countWhere(home.stateDir, 'outcome IS NULL');
  if (open > 0) violations.push(`${open} calls have no end in the log`);
  const verified = await runCommand(['logs', 'verify'], { home });
  if (verified.code !== 0) violations.push(`the log is not sound: ${verified.stdout}${verified.stderr}`);
  const unknown = countWhere(home.stateDir, "outcome = 'unknown'");
  home.remove();
  return { seed, rounds, acknowledged: acknowledged.size, unanswered: sent - acknowledged.size, unknown, violations };
};

/** One round in four is killed while it starts, the others after so many answers, and a moment more. */
const comeToTheKill = async (chance: Chance, answers: () => number): Promise<void> => {
  if (chance.below(4) === 0) {
    await delay(chance.below(LONGEST_START_MS));
    return;
  }
  const enough = 1 + chance.below(MOST_ANSWERS);
  await eventually('the answers', () => answers() >= enough, 30_000);
  await delay(chance.below(20));
};

const withDatabase = <T>(stateDir: string, read: (database: Database.Database) => T, none: T): T => {
  try {
    const database = new Database(join(stateDir, 'calls.db'), { readonly: true });
    try {
      return read(database);
    } finally {
      database.close();
    }
  } catch (error) {
    // The first hub may be killed before there is one.
    if (/no such table|directory does not exist|unable to open/.test(String(error))) return none;
    throw error;
  }
};

const missingFrom = (stateDir: string, acknowledged: ReadonlySet<string>): string[] =>
  withDatabase(
    stateDir,
    (database) => {
      const rows = database
        .prepare("SELECT json_extract(request, '$.arguments.m') AS id FROM calls WHERE outcome = 'ok'")
        .all() as { id: string }[];
      const logged = new Set(rows.map(({ id }) => id));
      return [...acknowledged].filter((id) => !logged.has(id));
    },
    [...acknowledged],
  );

const countWhere = (stateDir: string, condition: string): number =>
  withDatabase(
    stateDir,
    (database) =>
      (
        database.prepare(`SELECT count(*) AS calls FROM calls WHERE method = 'tools/call' AND ${condition}`).get() as {
          calls: number;
        }
      ).calls,
    0,
  );
