/*
 * Measures the monitor on a long log: `npm run bench -- monitor`. It makes a log of a million calls, times the query of each
 * screen, and drives the built monitor in a terminal of its own.
 *
 * --quick       fewer starts and keys, and shorter blocks
 * --calls N     how long the log is; default a million
 * --log FOLDER  a state directory whose log is used, and made where there is none; it stays
 * --no-build    measure dist/ as it is
 * --write-docs  write the tables into docs/performance.md
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databasePath } from '../../src/store/database-path.ts';
import { hasPseudoTerminals } from '../../test/e2e/support/terminal.ts';
import { copyHub } from '../hub-program.ts';
import { machineText, thisMachine } from '../machine.ts';
import { writePage } from '../page.ts';
import { makeLog } from './make-log.ts';
import { measureLoss } from './measure-loss.ts';
import { measureQueries } from './measure-queries.ts';
import { type MonitorBenchOptions, readMonitorOptions } from './options.ts';
import { type MonitorFigures, renderMonitorReport } from './report.ts';
import { measureIdle, peakRssMib, startWatch, timeKeys } from './watch.ts';

const HOUR_MS = 3_600_000;
const FORTNIGHT_MS = 14 * 24 * HOUR_MS;
const FEW_CALLS = 100;

const EFFORTS = {
  full: { starts: 10, presses: 12, idleMs: 10_000, rounds: 16, blockMs: 2000, warmUpMs: 2000, patienceMs: 30_000 },
  quick: { starts: 1, presses: 1, idleMs: 500, rounds: 1, blockMs: 1000, warmUpMs: 200, patienceMs: 30_000 },
} as const;

/** @throws Error with a sentence for a person. */
export const benchMonitor = async (argv: readonly string[]): Promise<void> => {
  const options = readMonitorOptions(argv);
  if (!hasPseudoTerminals()) throw new Error('the monitor is measured on Linux alone, with script of util-linux');
  const folder = mkdtempSync(join(tmpdir(), 'mcp-hub-bench-monitor-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const figures = await measure(folder, options);
  const report = `Taken on ${machineText(thisMachine())}, on a log of ${options.calls.toLocaleString('en-US')} calls.\n\n${renderMonitorReport(figures)}`;
  process.stdout.write(`${report}\n`);
  if (options.wantsDocs) writePage(report, 'results of the monitor');
};

const measure = async (folder: string, options: MonitorBenchOptions): Promise<MonitorFigures> => {
  const effort = EFFORTS[options.isQuick ? 'quick' : 'full'];
  const program = copyHub(join(folder, 'program'), options.wantsBuild);
  const long = options.log ?? join(folder, 'long');
  const short = join(folder, 'short');
  makeLog(short, { calls: FEW_CALLS, spanMs: HOUR_MS });
  if (!existsSync(databasePath(long))) {
    say(`making a log of ${options.calls} calls`);
    makeLog(long, { calls: options.calls, spanMs: FORTNIGHT_MS });
  }
  say('queries');
  const queries = measureQueries(long);
  say('starts');
  const starts = await measureStarts(program, { long, short }, effort.starts);
  say('keys, and an idle monitor');
  const watch = await startWatch(program, long);
  try {
    const keys = await timeKeys(watch, effort.presses);
    const idle = await measureIdle(watch, effort.idleMs);
    say('a hub under load, watched and not');
    watch.terminal.type('f');
    await watch.terminal.shows('following');
    const load = await measureLoss({ program, stateDir: long, home: join(folder, 'hub'), watch, ...effort });
    return { queries, starts, keys, ...idle, load, peakRssMib: peakRssMib(watch) };
  } finally {
    await watch.close();
  }
};

/** In turns, so that what disturbs the machine disturbs both. The first of each, which fills caches, does not count. */
const measureStarts = async (
  program: string,
  { long, short }: { long: string; short: string },
  starts: number,
): Promise<MonitorFigures['starts']> => {
  const startMs = async (stateDir: string): Promise<number> => {
    const watch = await startWatch(program, stateDir);
    await watch.close();
    return watch.firstFrameMs;
  };
  const times = { long: [] as number[], short: [] as number[] };
  for (let start = 0; start <= starts; start += 1) {
    times.short.push(await startMs(short));
    times.long.push(await startMs(long));
  }
  return { long: times.long.slice(1), short: times.short.slice(1) };
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);
