import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, processesMentioning } from '../e2e/support/processes.ts';
import { runCommand } from '../e2e/support/run-command.ts';
import { createTempHome } from '../e2e/support/temp-home.ts';
import { startEvilHttp } from '../faults/support/evil-http.ts';
import { countLogged, readEffects } from './count.ts';
import { type Chance, createChance } from './random.ts';
import { createHttpSoakClient, createStdioSoakClient, type SoakClient } from './soak-client.ts';
import { type SoakHub, startSoakHub } from './soak-hub.ts';
import { CALL_MS, nextTask, soakServers, soakSettings, type Task } from './work.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Told from time to time how far it is. */
  readonly onProgress?: (text: string) => void;
}

export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly calls: number;
  readonly perSecond: number;
  /** How calls ended, as their clients saw it. */
  readonly answers: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly logged: number;
  readonly serverStarts: number;
  readonly serverKills: number;
  /** Calls that no server got to see: it was known to be away. */
  readonly refused: number;
  /** MiB that the heap of each hub held after a collection: after each quarter of the time. */
  readonly heap: readonly (readonly number[])[];
  /** MiB that were resident, of both hubs: early, late, most. */
  readonly resident: readonly (readonly [early: number, late: number, most: number])[];
  readonly violations: readonly string[];
}

/** An answer comes by the deadline of its call, its start, and what a busy machine adds. */
const ANSWER_LIMIT_MS = CALL_MS + 15_000;
const LOOPS = 8;
/**
 * A server that ends within a minute is not started again at once: each is killed seldom enough to be well in between. A short
 * round has at least a few of these ends.
 */
const KILL_EVERY_MS = 30_000;
const FEWEST_KILLS = 4;
const PAUSE_MS = 40;
const MAX_VIOLATIONS = 50;
/** Of the calls of a round that is long enough to say something, so many reach a server. */
const FEWEST_REACHED = 0.8;
const LONG_ROUND_S = 60;
/** What the heap may hold more at the end than after the first quarter: what is kept for a while comes and goes. */
const MAX_GROWTH_MIB = 16;
/**
 * The program (55 MiB), both threads' heaps at the size that V8 lets them have and keeps (their young generations alone may take
 * 250 MiB), and what libraries have: some 390 MiB in ten minutes. More would be something that is held outside the heap.
 */
const MAX_RESIDENT_MIB = 480;
const MIB = 1024 * 1024;

/**
 * Lets four clients (stdio and HTTP, both eras) of two hubs with one log call ten servers at random, most of which misbehave,
 * while servers are killed. Whatever breaks a promise of docs/reliability.md is a violation.
 */
export const runSoak = async ({ seconds, seed, onProgress = () => {} }: SoakOptions): Promise<SoakReport> => {
  const home = createTempHome();
  const log = home.file('evil.ndjson');
  const configFile = home.file('config.json');
  const http = await startEvilHttp(log);
  const config = { mcpServers: soakServers(log, http.url), hub: soakSettings() };
  writeFileSync(configFile, JSON.stringify(config));
  writeFileSync(log, '');

  const violations: string[] = [];
  const complain = (violation: string): void => {
    if (violations.length < MAX_VIOLATIONS) violations.push(violation);
  };
  const answers: Record<string, number> = {};
  const times: number[] = [];
  let sent = 0;
  let refused = 0;

  const hubs = [await startSoakHub(home, configFile, true), await startSoakHub(home, configFile, false)] as const;
  const clients = [
    await createStdioSoakClient(hubs[0].child, 'legacy', complain),
    await createStdioSoakClient(hubs[1].child, 'modern', complain),
    await createHttpSoakClient(hubs[0].url, hubs[0].token, 'legacy', complain),
    await createHttpSoakClient(hubs[0].url, hubs[0].token, 'modern', complain),
  ];
  const endAt = performance.now() + seconds * 1000;

  const callOnce = async (client: SoakClient, task: Task, id: string): Promise<void> => {
    const at = performance.now();
    sent += 1;
    const answered = client.call(id, `${task.server}__${task.tool}`, task.args, ANSWER_LIMIT_MS);
    if (task.cancelAfterMs !== undefined) void delay(task.cancelAfterMs).then(() => client.cancel(id));
    const { result, error } = await answered;
    times.push(performance.now() - at);
    if ((error?.data as { hubCode?: string } | undefined)?.hubCode === 'UPSTREAM_UNAVAILABLE') refused += 1;
    const kind = result !== undefined ? (result['isError'] === true ? 'tool error' : 'result') : `error ${error?.code}`;
    answers[kind] = (answers[kind] ?? 0) + 1;
    if (result === undefined && error === undefined) complain(`${id} is neither a result nor an error`);
    const content = result?.['content'] as { text?: string }[] | undefined;
    if (result !== undefined && task.text !== undefined && content?.[0]?.text !== task.text)
      complain(`${id} has the answer of another: ${JSON.stringify(result).slice(0, 200)}`);
  };

  const loop = async (client: SoakClient, chance: Chance, name: string): Promise<void> => {
    for (let index = 0; performance.now() < endAt; index += 1) {
      const id = `${name}.${index}`;
      await callOnce(client, nextTask(chance, id), id).catch((error: unknown) => complain(`${id}: ${String(error)}`));
      await delay(chance.below(PAUSE_MS));
    }
  };

  const kills = { count: 0 };
  const killer = killNowAndThen(hubs, createChance(seed ^ 0x5eed), seconds * 1000, kills);
  const weigher = weighNowAndThen(hubs, seconds * 1000);
  const teller = setInterval(() => onProgress(`${sent} calls, ${violations.length} violations`), 10_000);
  await Promise.all(
    clients.flatMap((client, place) =>
      Array.from({ length: LOOPS }, (_, index) =>
        loop(client, createChance(seed + place * 1_000 + index), `c${place}l${index}`),
      ),
    ),
  );
  clearInterval(teller);
  await killer;
  const heap = await weigher;
  const lasted = seconds + (performance.now() - endAt) / 1000;

  for (const client of clients) client.close();
  for (const hub of hubs) hub.child.kill('SIGTERM');
  for (const [index, hub] of hubs.entries()) {
    const code = await hub.exited;
    // The one whose client has ended its side may end by that first.
    if (code !== 143 && code !== 0) complain(`hub ${index} ended with ${code}`);
    if (/^\s+at .+:\d+:\d+/m.test(hub.stderr())) complain(`hub ${index} printed a stack`);
    if (hub.stderr().includes('a fault of the hub itself')) complain(`hub ${index} had a fault: ${faultIn(hub)}`);
  }
  await http.stop();

  const effects = await readEffects(log);
  for (const effect of effects.twice) complain(`${effect} was done twice`);
  await delay(500);
  const left = [...[...effects.pids].filter(isAlive), ...processesMentioning(home.dir)];
  if (left.length > 0) complain(`processes are left: ${left.join(', ')}`);
  const logged = countLogged(home.stateDir);
  if (logged.calls !== sent) complain(`${sent} calls were sent, and the log has ${logged.calls}`);
  if (logged.open > 0) complain(`${logged.open} calls have no end in the log`);
  const verified = await runCommand(['logs', 'verify'], { home });
  if (verified.code !== 0) complain(`the log is not sound: ${verified.stdout}${verified.stderr}`);
  const resident = hubs.map((hub) => describeMemory(hub.resident));
  for (const [index, [, , most]] of resident.entries())
    if (most > MAX_RESIDENT_MIB) complain(`hub ${index} had ${most} MiB resident`);
  for (const [index, [first = 0, ...later]] of heap.entries())
    if ((later.at(-1) ?? first) - first > MAX_GROWTH_MIB)
      complain(`the heap of hub ${index} has grown: ${[first, ...later].join(', ')} MiB`);
  if (seconds >= LONG_ROUND_S && refused > sent * (1 - FEWEST_REACHED))
    complain(`${refused} of ${sent} calls reached no server`);
  home.remove();

  times.sort((one, other) => one - other);
  const at = (share: number): number => Math.round((times[Math.floor((times.length - 1) * share)] ?? 0) * 10) / 10;
  return {
    seed,
    seconds: Math.round(lasted),
    calls: sent,
    perSecond: Math.round(sent / lasted),
    answers,
    outcomes: logged.outcomes,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    logged: logged.calls,
    serverStarts: effects.starts,
    serverKills: kills.count,
    refused,
    heap,
    resident,
    violations,
  };
};

const faultIn = ({ stderr }: SoakHub): string => /a fault of the hub itself.*/.exec(stderr())?.[0] ?? '';

/** Kills one server at a time, as the system might for want of memory. */
const killNowAndThen = async (
  hubs: readonly SoakHub[],
  chance: Chance,
  lastsMs: number,
  kills: { count: number },
): Promise<void> => {
  if (process.platform !== 'linux') return;
  const { childrenOf } = await import('./children.ts');
  const everyMs = Math.min(KILL_EVERY_MS, lastsMs / FEWEST_KILLS);
  const until = performance.now() + lastsMs - everyMs;
  while (performance.now() < until) {
    await delay(everyMs * (0.5 + chance.next() / 2));
    const victims = hubs.flatMap(({ child }) => childrenOf(child.pid ?? 0, 'evil.mjs'));
    if (victims.length === 0) continue;
    process.kill(chance.pick(victims), 'SIGKILL');
    kills.count += 1;
  }
};

/** What the heap of each hub holds after each quarter of the time, in MiB. */
const weighNowAndThen = async (hubs: readonly SoakHub[], lastsMs: number): Promise<number[][]> => {
  const heaps: number[][] = hubs.map(() => []);
  for (let quarter = 0; quarter < 4; quarter += 1) {
    await delay(lastsMs / 4);
    for (const [index, hub] of hubs.entries())
      heaps[index]?.push(Math.round((10 * (await hub.heldBytes())) / MIB) / 10);
  }
  return heaps;
};

/** The middle of the second quarter, of the last quarter, and the most, in MiB. */
const describeMemory = (samples: readonly number[]): readonly [number, number, number] => {
  const quarter = Math.floor(samples.length / 4);
  const middle = (part: readonly number[]): number =>
    Math.round(([...part].sort((one, other) => one - other)[Math.floor(part.length / 2)] ?? 0) / MIB);
  return [
    middle(samples.slice(quarter, quarter * 2)),
    middle(samples.slice(quarter * 3)),
    Math.round(Math.max(0, ...samples) / MIB),
  ];
};
