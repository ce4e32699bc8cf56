import { openTerminal, type Terminal } from '../../test/e2e/support/terminal.ts';
import { isolatedEnvironment } from '../contenders.ts';
import { processFacts } from '../process-facts.ts';

/** The built monitor on a pseudo-terminal of its own. */
export interface Watch {
  readonly terminal: Terminal;
  /** From the start of the process to the frame with the first calls, in milliseconds. */
  readonly firstFrameMs: number;
  /** Has it quit, or ends it. */
  close(): Promise<void>;
}

const SIZE = { columns: 120, rows: 32 } as const;

/** What stands in a frame that shows calls. */
const CALLS = /STATUS[\s\S]*\bok\b/;

/** Starts `mcp-hub monitor` on a state directory and waits for its first calls. */
export const startWatch = async (program: string, stateDir: string): Promise<Watch> => {
  const startedAt = performance.now();
  const terminal = await openTerminal({
    argv: [process.execPath, program, 'monitor'],
    env: { ...environment(stateDir), MCP_HUB_STATE_DIR: stateDir },
    ...SIZE,
  });
  const late = setTimeout(() => terminal.close(), PATIENCE_MS);
  await Promise.race([terminal.shows(CALLS), terminal.ended.then(() => fail(terminal))]);
  clearTimeout(late);
  const firstFrameMs = performance.now() - startedAt;
  return {
    terminal,
    firstFrameMs,
    close: async () => {
      terminal.type('Q');
      const kill = setTimeout(() => terminal.close(), PATIENCE_MS);
      await terminal.ended;
      clearTimeout(kill);
      terminal.close();
    },
  };
};

const PATIENCE_MS = 20_000;

const fail = (terminal: Terminal): never => {
  throw new Error(`the monitor has shown no calls; its screen:\n${terminal.screen()}`);
};

const environment = (home: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(isolatedEnvironment(home)).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Keys, and what stands in the frame that each one brings. */
const KEYS: ReadonlyArray<readonly [name: string, key: string, landmark: RegExp]> = [
  ['servers', '2', /LAST 30 MIN/],
  ['tools', '3', /never called/],
  ['stats', '4', /calls over time/],
  ['sessions', '5', /LENGTH/],
  // Up to the line of the cursor: a frame may come in pieces.
  ['calls', '1', /STATUS[\s\S]*^[>▌❯›]/m],
];

/** Milliseconds from a key to the frame that it brings, for each key and press. */
export const timeKeys = async ({ terminal }: Watch, presses: number): Promise<Map<string, number[]>> => {
  const times = new Map<string, number[]>();
  const time = async (name: string, key: string, isThere: () => boolean): Promise<void> => {
    await pause(KEY_PAUSE_MS);
    const startedAt = performance.now();
    terminal.type(key);
    await inTime(terminal.until(isThere), `the frame after ${name}`, terminal);
    times.set(name, [...(times.get(name) ?? []), performance.now() - startedAt]);
  };
  for (let press = 0; press < presses; press += 1) {
    for (const [name, key, landmark] of KEYS) await time(name, key, () => landmark.test(terminal.screen()));
    // The cursor is on the last call at first, so that it can only go up.
    for (const [name, key] of [
      ['up', 'k'],
      ['down', 'j'],
    ] as const) {
      const before = markedLine(terminal);
      await time(name, key, () => markedLine(terminal) !== before);
    }
  }
  return times;
};

const KEY_PAUSE_MS = 60;

/** The line of the cursor. */
const markedLine = (terminal: Terminal): number =>
  terminal
    .screen()
    .split('\n')
    .findIndex((line) => /^[>▌❯›]/.test(line));

/** Counts the frames that come from now on: how often what stands on the screen has become another. */
export const countFrames = ({ terminal }: Watch): { sofar(): number; end(): number } => {
  let frames = 0;
  let screen = terminal.screen();
  let hasEnded = false;
  void terminal.until(() => {
    const present = terminal.screen();
    if (present !== screen) frames += 1;
    screen = present;
    return hasEnded;
  });
  return {
    sofar: () => frames,
    end: () => {
      hasEnded = true;
      return frames;
    },
  };
};

/** Resolves when the screen is the same as a moment before: what was drawn already may still be on its way. */
export const untilStill = async ({ terminal }: Watch): Promise<void> => {
  for (let before = ''; before !== terminal.screen(); ) {
    before = terminal.screen();
    await pause(STILL_MS);
  }
};

const STILL_MS = 100;

/** The part of a core that it takes while nothing happens, in percent. */
export const measureIdle = async ({ terminal }: Watch, ms: number): Promise<{ cpuPercent: number }> => {
  await pause(SETTLE_MS);
  const before = processFacts(terminal.pid());
  const startedAt = performance.now();
  await pause(ms);
  const after = processFacts(terminal.pid());
  const cpuPercent = ((after.cpuMs - before.cpuMs) / (performance.now() - startedAt)) * 100;
  return { cpuPercent };
};

/** The most memory that it has had so far, in MiB. */
export const peakRssMib = ({ terminal }: Watch): number => processFacts(terminal.pid()).peakRssBytes / 1024 ** 2;

const SETTLE_MS = 2000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const inTime = async (wait: Promise<void>, what: string, terminal: Terminal): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`${what} has not come; the screen:\n${terminal.screen()}`)),
    PATIENCE_MS,
  );
  await Promise.race([wait, late.promise]).finally(() => clearTimeout(timer));
};
