import type { DemoClientId } from './cast/clients.ts';
import { type DemoTool, demoTool } from './cast/tools.ts';
import { createRandom } from './random.ts';

/** One call of the play. Times are milliseconds after the demo began; before it they are negative. */
export interface PlayedCall {
  readonly at: number;
  readonly client: DemoClientId;
  readonly tool: DemoTool;
  readonly tookMs: number;
  readonly isFailed: boolean;
  /** Which of the tool's arguments. */
  readonly variant: number;
  /** In the place of the failure of its tool. */
  readonly end?: { readonly outcome: 'error' | 'timeout'; readonly text: string };
}

const MINUTE = 60_000;

/** How long the demo's past is. */
export const PAST_MS = 58 * MINUTE;

/** The present is played anew, with other chance, after each such time. */
const CHAPTER_MS = 5 * MINUTE;

/** Between these the play follows `OPENING`. */
const OPENING_FROM = -26_000;
const OPENING_UNTIL = 44_000;

/** When which client is there. */
export const PRESENCE: Readonly<Record<DemoClientId, readonly [from: number, until: number]>> = {
  desktop: [-PAST_MS, Number.POSITIVE_INFINITY],
  cursor: [-41 * MINUTE, Number.POSITIVE_INFINITY],
  code: [-52 * MINUTE, -19 * MINUTE],
  'code-2': [-8 * MINUTE, Number.POSITIVE_INFINITY],
};

/** What a client does at once or one after the other, as models do. */
const TASKS: readonly { readonly client: DemoClientId; readonly steps: readonly (readonly string[])[] }[] = [
  {
    client: 'desktop',
    steps: [['github.search_issues'], ['github.get_issue', 'github.get_issue'], ['github.create_issue']],
  },
  {
    client: 'desktop',
    steps: [['playwright.browser_navigate'], ['playwright.browser_snapshot'], ['playwright.browser_click']],
  },
  { client: 'desktop', steps: [['docs.search_docs'], ['docs.read_page']] },
  {
    client: 'cursor',
    steps: [['postgres.describe_table', 'postgres.describe_table'], ['postgres.query'], ['postgres.explain']],
  },
  { client: 'cursor', steps: [['github.get_file_contents', 'github.list_commits'], ['postgres.query']] },
  {
    client: 'code',
    steps: [['github.get_file_contents', 'github.search_issues', 'docs.search_docs'], ['github.create_pull_request']],
  },
  {
    client: 'code-2',
    steps: [['docs.search_docs', 'github.search_issues'], ['docs.read_page'], ['github.list_commits']],
  },
  {
    client: 'code-2',
    steps: [['playwright.browser_navigate'], ['playwright.browser_take_screenshot', 'playwright.browser_snapshot']],
  },
];

/** All calls that begin in the past or until a time, in their order. The same for the same times, whoever asks. */
export const playUntil = (until: number): PlayedCall[] => {
  const chapters = Math.max(1, Math.ceil(until / CHAPTER_MS));
  const calls = [...improvised(-PAST_MS, OPENING_FROM, 7), ...OPENING];
  for (let chapter = 0; chapter < chapters; chapter += 1) {
    const from = Math.max(OPENING_UNTIL, chapter * CHAPTER_MS);
    calls.push(...improvised(from, (chapter + 1) * CHAPTER_MS, 1000 + chapter));
  }
  return calls.sort((a, b) => a.at - b.at);
};

const improvised = (from: number, until: number, seed: number): PlayedCall[] => {
  const random = createRandom(seed);
  const calls: PlayedCall[] = [];
  for (let at = from; at < until; at += (8_000 + random() * 44_000) * liveliness(at)) {
    const task = TASKS[Math.floor(random() * TASKS.length)];
    if (task === undefined || !isPresent(task.client, at)) continue;
    let stepAt = at;
    for (const step of task.steps) {
      const played = step.map((name) => improvise(name, task.client, stepAt + random() * 40, random));
      calls.push(...played.filter((call) => call.at < until));
      stepAt = Math.max(...played.map((call) => call.at + call.tookMs)) + 400 + random() * 2_600;
    }
  }
  return calls;
};

/** There are busy minutes and quiet ones. */
const liveliness = (at: number): number => 0.62 + 0.4 * Math.sin(at / (4.7 * MINUTE));

const isPresent = (client: DemoClientId, at: number): boolean => {
  const [from, until] = PRESENCE[client];
  return at >= from && at < until;
};

const improvise = (name: string, client: DemoClientId, at: number, random: () => number): PlayedCall => {
  const tool = toolOf(name);
  const isFailed = random() < (tool.failure?.share ?? 0);
  const spread = 0.5 + random() + (random() < 0.06 ? 4 * random() : 0);
  const tookMs = isFailed && tool.failure?.outcome === 'timeout' ? 30_000 : tool.usualMs * spread;
  return { at, client, tool, tookMs, isFailed, variant: Math.floor(random() * tool.arguments.length) };
};

const toolOf = (name: string): DemoTool => {
  const [server = '', own = ''] = name.split('.');
  return demoTool(server, own);
};

const scene = (
  seconds: number,
  client: DemoClientId,
  name: string,
  tookMs: number,
  rest: Partial<PlayedCall> = {},
): PlayedCall => ({ at: seconds * 1000, client, tool: toolOf(name), tookMs, isFailed: false, variant: 0, ...rest });

/** When the database of the play is gone, and back. */
export const OUTAGE = { from: 15_000, until: 24_000 } as const;

const OUT = {
  outcome: 'error',
  text: 'upstream "postgres" ended before it answered: connection to the database was lost',
} as const;

/** What everybody sees who opens the demo. */
const OPENING: readonly PlayedCall[] = [
  scene(-24.2, 'desktop', 'github.search_issues', 132),
  scene(-23.1, 'desktop', 'github.get_issue', 96),
  scene(-23.08, 'desktop', 'github.get_issue', 148, { variant: 1 }),
  scene(-19.6, 'code-2', 'docs.search_docs', 208),
  scene(-19.57, 'code-2', 'github.list_commits', 176),
  scene(-16.9, 'cursor', 'postgres.describe_table', 19),
  scene(-15.2, 'code-2', 'docs.read_page', 164),
  scene(-13.5, 'desktop', 'playwright.browser_navigate', 2_380),
  scene(-10.6, 'desktop', 'playwright.browser_snapshot', 640),
  scene(-9.1, 'cursor', 'postgres.query', 38),
  scene(-6.4, 'desktop', 'github.create_issue', 310, { isFailed: true }),
  scene(-4.3, 'code-2', 'github.get_file_contents', 151),
  scene(-4.28, 'code-2', 'github.search_issues', 118, { variant: 1 }),
  scene(-2.2, 'cursor', 'postgres.query', 17_200, { variant: 1, isFailed: true, end: OUT }),
  scene(1.4, 'desktop', 'github.search_issues', 127, { variant: 1 }),
  scene(2.6, 'code-2', 'playwright.browser_navigate', 3_900),
  scene(2.63, 'code-2', 'docs.search_docs', 240, { variant: 1 }),
  scene(5.2, 'desktop', 'docs.read_page', 170),
  scene(7.1, 'code-2', 'playwright.browser_take_screenshot', 1_020),
  scene(7.14, 'code-2', 'playwright.browser_snapshot', 580),
  scene(9.8, 'desktop', 'github.create_issue', 294),
  scene(12.3, 'cursor', 'github.get_file_contents', 133),
  scene(12.33, 'cursor', 'github.list_commits', 190),
  scene(16.5, 'cursor', 'postgres.query', 4, {
    isFailed: true,
    end: { outcome: 'error', text: 'upstream "postgres" is starting again after it ended: try in 3 s' },
  }),
  scene(19.2, 'desktop', 'playwright.browser_click', 410),
  scene(24.4, 'cursor', 'postgres.query', 44),
  scene(26.0, 'cursor', 'postgres.explain', 58),
  scene(29.7, 'code-2', 'github.create_pull_request', 402),
  scene(33.4, 'desktop', 'docs.search_docs', 221),
  scene(36.2, 'cursor', 'postgres.describe_table', 21),
  scene(40.1, 'desktop', 'github.search_issues', 140),
];
