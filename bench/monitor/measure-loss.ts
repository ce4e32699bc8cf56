import { callAtOnce } from '../call-blocks.ts';
import { startClient } from '../client.ts';
import { nodeCommand, QUALIFIED_TOOL, serverEntries, TWO_UPSTREAMS, writeConfig } from '../contenders.ts';
import { IN_FLIGHT } from '../measure-calls.ts';
import { open } from '../open-session.ts';
import { prepareCall, SMALL } from '../shapes.ts';
import type { Watch } from './watch.ts';

export interface LossOptions {
  readonly program: string;
  readonly stateDir: string;
  /** A folder for the hub's configuration. */
  readonly home: string;
  readonly watch: Watch;
  readonly rounds: number;
  readonly blockMs: number;
}

/**
 * Calls per second of a hub that writes to the log, in blocks in turns: while the monitor watches, and while it is stopped.
 * @returns those of each block, watched and not, round by round.
 */
export const measureLoss = async (options: LossOptions): Promise<{ watched: number[]; alone: number[] }> => {
  const { program, stateDir, home, watch, rounds, blockMs } = options;
  const config = writeConfig(home, { mcpServers: serverEntries(TWO_UPSTREAMS) });
  const command = nodeCommand(home, program, 'serve', '--config', config);
  const client = startClient({ ...command, env: { ...command.env, MCP_HUB_STATE_DIR: stateDir } });
  const request = prepareCall(QUALIFIED_TOOL, SMALL);
  const block = async (ms: number): Promise<number> => {
    const { perSecond } = await callAtOnce(client, request, SMALL.resultBytes, {
      ms,
      minCalls: IN_FLIGHT,
      inFlight: IN_FLIGHT,
    });
    return perSecond;
  };
  const figures = { watched: [] as number[], alone: [] as number[] };
  try {
    await open(client, Object.keys(TWO_UPSTREAMS).length);
    await block(WARM_UP_MS);
    for (let round = 0; round < rounds; round += 1) {
      // Who is first is in turns too: a hub gets quicker with time, and its log longer.
      for (const kind of round % 2 === 0 ? (['alone', 'watched'] as const) : (['watched', 'alone'] as const)) {
        process.kill(watch.terminal.pid(), kind === 'alone' ? 'SIGSTOP' : 'SIGCONT');
        figures[kind].push(await block(blockMs));
      }
    }
  } finally {
    process.kill(watch.terminal.pid(), 'SIGCONT');
    await client.close();
  }
  return figures;
};

const WARM_UP_MS = 2000;
