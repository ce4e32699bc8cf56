import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pidsIn, readEvilLog } from '../../e2e/support/evil-log.ts';
import type { Exit } from '../../e2e/support/hub-process.ts';
import { eventually, isAlive, processesMentioning, residentBytes } from '../../e2e/support/processes.ts';
import { query } from '../../store/support/log-bench.ts';
import type { Stand } from './stand.ts';
import { expectWithin } from './within.ts';

/** What `good` may need for an answer beside a misbehaving server; the machine does other work meanwhile. */
const GOOD_LIMIT_MS = 1_000;
const GROWTH_LIMIT_BYTES = 100 * 1024 * 1024;

/** What has to hold while the hub lives, whatever was done to it. */
export const expectSound = async (stand: Stand): Promise<void> => {
  await expectGoodAnswers(stand);
  expectOneAnswerEach(stand);
  await expectEveryCallLogged(stand);
  expectFewEffects(stand);
  expectNoCanary(stand);
  expectBoundedMemory(stand);
  expectNoStackTrace(stand);
};

/** Ends the hub as its client does, and checks what has to hold after its end as well. */
export const closeSoundly = async (stand: Stand): Promise<Exit> => {
  stand.raw.close();
  stand.hub.endInput();
  const exit = await stand.hub.exited;
  await expectSoundEnd(stand);
  return exit;
};

/** What has to hold after the end of a hub, however it came. @param wasKilled whether the hub could do nothing about it. */
export const expectSoundEnd = async (stand: Stand, { wasKilled = false } = {}): Promise<void> => {
  await stand.hub.exited;
  expectOneAnswerEach(stand, wasKilled);
  await expectNoneAlive(stand);
  if (!wasKilled) expectEveryCallEnded(stand);
  if (!wasKilled) expectEveryRequestAnswered(stand);
  expectFewEffects(stand);
  expectNoCanary(stand);
  expectNoStackTrace(stand);
  stand.home.remove();
};

/** I3: another server answers as if nothing were the matter. */
const expectGoodAnswers = async (stand: Stand): Promise<void> => {
  const word = `well ${stand.count.sent}`;
  const startedAt = performance.now();
  const { result } = await stand.stdio.call('good__echo', { m: word });
  expect(result, 'good answers').toMatchObject({ content: [{ text: word }] });
  expectWithin(startedAt, GOOD_LIMIT_MS, 'good answers soon');
};

/** I1 and I2: each line of standard output is one message, and no request was answered twice. */
const expectOneAnswerEach = ({ hub, unanswered }: Stand, wasKilled = false): void => {
  const { messages } = hub;
  const answered = new Map<string, number>();
  for (const { line, message } of messages) {
    expect(message.jsonrpc, line.toString('utf8', 0, 200)).toBe('2.0');
    if (message.method === undefined && message.id !== undefined && message.id !== null)
      answered.set(JSON.stringify(message.id), (answered.get(JSON.stringify(message.id)) ?? 0) + 1);
  }
  const twice = [...answered].filter(([, times]) => times > 1);
  expect(twice, 'answered more than once').toEqual([]);
  const badly = hub.problems().filter((problem) => !wasKilled || !problem.includes('in the middle of a line'));
  expect(badly, 'standard output').toEqual([]);
  const late = [...unanswered].filter((id) => answered.has(JSON.stringify(id)));
  expect(late, 'answered although nobody waits').toEqual([]);
};

/** I1: what was written as bytes has its answer too, where it is to have one. */
const expectEveryRequestAnswered = ({ hub, written, unanswered }: Stand): void => {
  const answered = new Set(hub.messages.flatMap(({ message }) => (message.method === undefined ? [message.id] : [])));
  const missing = [...written].filter((id) => !answered.has(id) && !unanswered.has(id));
  expect(missing, 'requests without an answer').toEqual([]);
};

export interface CallRow {
  readonly name: string | null;
  /** Null while the call is under way. */
  readonly outcome: string | null;
  readonly error: string | null;
}

/** The calls of tools in the log, the oldest first. */
export const callRows = ({ home }: Stand): readonly CallRow[] => {
  try {
    return query<CallRow>(
      home.stateDir,
      "SELECT qualified_name AS name, outcome, error_message AS error FROM calls WHERE method = 'tools/call' ORDER BY id",
    );
  } catch (error) {
    // It is made with its first row, and made anew where it is damaged.
    if (/no such table|directory does not exist|unable to open|not a database|malformed/.test(String(error))) return [];
    throw error;
  }
};

/** I5: each call that was sent is a row, and each row of a call that has ended has its outcome. */
const expectEveryCallLogged = async (stand: Stand): Promise<void> => {
  const isComplete = (): boolean => {
    const rows = callRows(stand);
    return rows.length === stand.count.sent && rows.every(({ outcome }) => outcome !== null);
  };
  await eventually('a row for each call', isComplete, 5_000).catch(() => {
    const rows = callRows(stand);
    const expected = { rows: stand.count.sent, open: 0 };
    // One case that fails says nothing of the next one.
    stand.count.sent = rows.length;
    const open = rows.filter(({ outcome }) => outcome === null).length;
    expect({ rows: rows.length, open }, 'the log').toEqual(expected);
  });
};

const expectEveryCallEnded = (stand: Stand): void => {
  const rows = callRows(stand);
  expect(rows.filter(({ outcome }) => outcome === null)).toEqual([]);
  expect(rows, 'rows of the log').toHaveLength(stand.count.sent);
};

/** I5: what must not happen twice has happened once at most; what may be repeated, twice at most. */
const expectFewEffects = ({ evilLog }: Stand): void => {
  const times = new Map<string, number>();
  for (const { event, tool, k } of readEvilLog(evilLog)) {
    if (event !== 'effect') continue;
    times.set(`${tool} ${k}`, (times.get(`${tool} ${k}`) ?? 0) + 1);
  }
  const often = [...times].filter(([effect, count]) => count > (/^(?:put|get) /.test(effect) ? 2 : 1));
  expect(often, 'effects that came too often').toEqual([]);
};

/** I4: nothing that the hub has started is left. */
const expectNoneAlive = async ({ evilLog, home }: Stand): Promise<void> => {
  const left = (): number[] => [...pidsIn(evilLog).filter(isAlive), ...processesMentioning(home.dir)];
  await eventually('every process to be gone', () => left().length === 0, 8_000).catch(() => {
    expect(left(), 'processes that are left').toEqual([]);
  });
};

/** I6: no secret in what the hub has said, nor in what it keeps. */
const expectNoCanary = ({ hub, home, canaries }: Stand): void => {
  const kept = existsSync(home.stateDir)
    ? readdirSync(home.stateDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => textOf(join(entry.parentPath, entry.name)))
    : [];
  const said = hub.messages.map(({ line }) => line.toString('latin1'));
  for (const canary of canaries) {
    const places = [hub.stderr(), ...said, ...kept].filter((text) => text.includes(canary));
    expect(
      places.map((text) => text.slice(0, 200)),
      `a secret was told`,
    ).toEqual([]);
  }
};

/** Nothing of a file that the hub has removed or renamed since it was listed. */
const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};

/** I7: what is not needed any more is not kept. */
const expectBoundedMemory = ({ hub, restingBytes }: Stand): void => {
  if (process.platform !== 'linux') return;
  expect(residentBytes(hub.pid) - restingBytes, 'memory').toBeLessThan(GROWTH_LIMIT_BYTES);
};

/** I8: a person gets sentences. */
const expectNoStackTrace = ({ hub }: Stand): void => {
  expect(hub.stderr()).not.toMatch(/^\s+at .+[:(]\d+:\d+\)?$/m);
  expect(hub.stderr()).not.toMatch(/unhandled|uncaught|TypeError|RangeError|ReferenceError/i);
};
