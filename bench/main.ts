/*
 * Measures the hub against a pipe, the SDK and other programs, in one run: `node bench/main.ts`, as `npm run bench`.
 *
 * monitor       the monitor on a log of a million calls, and nothing else; see bench/monitor/main.ts
 * --rounds N    how often everything is measured; default 8
 * --quick       two rounds of short blocks: small calls and the start alone
 * --only a,b    only these contenders
 * --peers       install other authors' programs into bench/.peers, and measure them as well
 * --no-build    measure dist/ as it is
 * --write-docs  write the tables into docs/performance.md
 * --out FILE    where the results go as JSON; default bench/results/latest.json
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Contender, createContenders } from './contenders.ts';
import { copyHub } from './hub-program.ts';
import { machineText, thisMachine } from './machine.ts';
import { measureCalls } from './measure-calls.ts';
import { measureMicro } from './measure-micro.ts';
import { measureCatalogs, measureConfigurations } from './measure-scale.ts';
import { measureSlowStart } from './measure-slow-start.ts';
import { measureStarts } from './measure-start.ts';
import { createMeasurements, type Measurements } from './measurements.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { writePage } from './page.ts';
import { createPeers, installPeers } from './peers.ts';
import { renderReport } from './report.ts';
import { SHAPES, SMALL } from './shapes.ts';

const RESULTS = join(import.meta.dirname, 'results', 'latest.json');

/** How long one shape is called, in one way, with one contender, and how long all are warmed up before. */
const BLOCKS = {
  full: { blockMs: 150, small: { blocks: 4, blockMs: 300 }, warmUp: { leastMs: 2000, mostMs: 8000 } },
  quick: { blockMs: 50, small: { blocks: 1, blockMs: 100 }, warmUp: { leastMs: 100, mostMs: 100 } },
} as const;

const MICRO_RUNS = 5;
const MICRO_MS = 400;

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** Starts are short, so there are more of them. */
const STARTS_PER_ROUND = 2;

const main = async (options: BenchOptions): Promise<void> => {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'mcp-hub-bench-'));
  const measurements = createMeasurements();
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  // What was started is ended by whoever started it, also then.
  process.on('exit', clean);
  for (const [signal, number] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(128 + number));
  await measureAll(folder, options, measurements);
  const report = `Taken on ${machineText(thisMachine())}, in ${options.rounds} rounds.\n\n${renderReport(measurements)}`;
  process.stdout.write(`${report}\n`);
  const out = options.out ?? RESULTS;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, JSON.stringify({ machine: thisMachine(), options, values: measurements.toJson() }, undefined, 2));
  if (options.wantsDocs) writePage(report);
  say(`measured in ${Math.round((performance.now() - startedAt) / 1000)} s; written: ${out}`);
};

const measureAll = async (folder: string, options: BenchOptions, measurements: Measurements): Promise<void> => {
  const { rounds, isQuick, only, wantsBuild, wantsPeers } = options;
  const hubProgram = copyHub(join(folder, 'program'), wantsBuild);
  if (wantsPeers) installPeers();
  const all = [...createContenders(hubProgram), ...createPeers()];
  const contenders = all.filter(({ name }) => only.includes(name));
  for (const name of only)
    if (!all.some((one) => one.name === name))
      say(`${name} is left out: npm run bench -- --peers installs and measures it`);
  const starts = { contenders, folder: join(folder, 'start') };
  // What a first start leaves for the next is there before anything is measured.
  await measureStarts({ ...starts, measurements: createMeasurements() });
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    for (let start = 0; start < STARTS_PER_ROUND; start += 1) await measureStarts({ ...starts, measurements });
    await measureCalls({
      contenders,
      shapes: isQuick ? [SMALL] : SHAPES,
      folder: join(folder, `round-${round}`),
      ...BLOCKS[isQuick ? 'quick' : 'full'],
      measurements,
      onLeftOut: say,
    });
    rmSync(join(folder, `round-${round}`), { recursive: true, force: true });
  }
  if (!isQuick && only.includes('hub')) await measureHub(createContenders(hubProgram), folder, rounds, measurements);
};

/** What concerns the hub alone. */
const measureHub = async (
  contenders: readonly Contender[],
  folder: string,
  rounds: number,
  measurements: Measurements,
): Promise<void> => {
  const [hub, direct] = (['hub', 'direct'] as const).map((wanted) => contenders.find(({ name }) => name === wanted));
  if (hub === undefined || direct === undefined) return;
  const scale = { hub, direct, folder: join(folder, 'scale'), rounds, measurements };
  say('catalogs of many tools');
  await measureCatalogs(scale);
  say('configurations of many upstreams');
  await measureConfigurations(scale);
  say('upstreams that take long to start');
  await measureSlowStart(hub, join(folder, 'scale'), measurements);
  say('the work of one call');
  measureMicro(Math.min(rounds, MICRO_RUNS), MICRO_MS, measurements);
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const [first] = process.argv.slice(2);
if (first === 'monitor') await (await import('./monitor/main.ts')).benchMonitor(process.argv.slice(3));
else await main(readOptions(process.argv.slice(2)));
