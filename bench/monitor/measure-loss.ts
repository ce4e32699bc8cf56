import { callAtOnce, IN_FLIGHT } from '../call-blocks.ts';
import { type RawClient, startClient } from '../client.ts';
import { nodeCommand, QUALIFIED_TOOL, serverEntries, TWO_UPSTREAMS, writeConfig } from '../contenders.ts';
import { open } from '../open-session.ts';
import { processFacts } from '../process-facts.ts';
import { prepareCall, SMALL } from '../shapes.ts';
import { untilIdle } from '../until-idle.ts';
import { countFrames, untilStill, type Watch } from './watch.ts';

export interface LossOptions {
  readonly program: string;
  readonly stateDir: string;
  /** A folder for the hub's configuration. */
  readonly home: string;
  readonly watch: Watch;
  readonly rounds: number;
  /** How long a block is at least. */
  readonly blockMs: number;
  readonly warmUpMs: number;
  /** How long a block goes on at most for the frames of the monitor, which a busy machine draws late. Below a minute. */
  readonly patienceMs: number;
}

/** What a hub does with a monitor beside it and without, round by round. */
export interface LossFigures {
  /** Calls per second. */
  readonly watched: number[];
  readonly alone: number[];
  /** Frames per second that the monitor drew while it watched. */
  readonly frames: number[];
  /** Percent of a core that the monitor took for them. */
  readonly cpuPercent: number[];
}

const LOG_BYTES = 8 * 1024 ** 3;

/** Fewer frames, and the monitor does not watch: what the hub loses by it would be no measurement. */
const FEWEST_FRAMES = 2;

/**
 * Calls per second of a hub that writes to the log, in blocks in turns: while a monitor watches, and while it is stopped.
 * Before each block all that was put off is waited for, so that no block pays for the one before, and the monitor is not
 * stopped while it reads, which would hold up the hub's log.
 * @throws Error when the monitor draws too few frames while it watches, or any while it is stopped
 */
export const measureLoss = async (options: LossOptions): Promise<LossFigures> => {
  const { program, stateDir, home, watch, rounds, blockMs, warmUpMs, patienceMs } = options;
  // The log of this is longer than one of a person may become: the hub is not to cut it while it is measured.
  const hub = { log: { maxBytes: LOG_BYTES } };
  const config = writeConfig(home, { mcpServers: serverEntries(TWO_UPSTREAMS), hub });
  const command = nodeCommand(home, program, 'serve', '--config', config);
  const client = startClient({ ...command, env: { ...command.env, MCP_HUB_STATE_DIR: stateDir } });
  const figures: LossFigures = { watched: [], alone: [], frames: [], cpuPercent: [] };
  try {
    await open(client, Object.keys(TWO_UPSTREAMS).length);
    await callsOf(client, warmUpMs);
    for (let round = 0; round < rounds; round += 1) {
      const kinds = [
        () => blockAlone(client, watch, blockMs, figures),
        () => blockWatched(client, watch, { blockMs, patienceMs }, figures),
      ];
      // Who is first is in turns too: a hub gets quicker with time, and its log longer.
      for (const block of round % 2 === 0 ? kinds : kinds.toReversed()) await block();
    }
  } finally {
    await client.close();
  }
  return figures;
};

const blockAlone = async (client: RawClient, watch: Watch, ms: number, figures: LossFigures): Promise<void> => {
  const pid = watch.terminal.pid();
  await untilIdle(client.pid, pid);
  watch.terminal.freeze();
  await untilStill(watch);
  const frames = countFrames(watch);
  try {
    figures.alone.push(await callsOf(client, ms));
    if (frames.end() > 0) throw new Error('the monitor has drawn while it was stopped');
  } finally {
    watch.terminal.thaw();
  }
};

const blockWatched = async (
  client: RawClient,
  watch: Watch,
  { blockMs, patienceMs }: Pick<LossOptions, 'blockMs' | 'patienceMs'>,
  figures: LossFigures,
): Promise<void> => {
  const pid = watch.terminal.pid();
  await untilIdle(client.pid, pid);
  const before = processFacts(pid).cpuMs;
  const startedAt = performance.now();
  const frames = countFrames(watch);
  const lacksFrames = (): boolean => frames.sofar() < FEWEST_FRAMES && performance.now() - startedAt < patienceMs;
  const perSecond = await callsOf(client, blockMs, lacksFrames);
  const seconds = (performance.now() - startedAt) / 1000;
  const drawn = frames.end();
  if (drawn < FEWEST_FRAMES)
    throw new Error(`the monitor has drawn ${drawn} frames in ${seconds.toFixed(1)} s while it was to watch`);
  figures.watched.push(perSecond);
  figures.frames.push(drawn / seconds);
  figures.cpuPercent.push((processFacts(pid).cpuMs - before) / (seconds * 10));
};

const callsOf = async (client: RawClient, ms: number, goesOn?: () => boolean): Promise<number> => {
  const request = prepareCall(QUALIFIED_TOOL, SMALL);
  const budget = { ms, minCalls: IN_FLIGHT, inFlight: IN_FLIGHT };
  return (await callAtOnce(client, request, SMALL.resultBytes, budget, goesOn)).perSecond;
};
