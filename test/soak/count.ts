import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';

export interface LoggedCalls {
  readonly calls: number;
  /** Calls whose end is not known to the log. */
  readonly open: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** What the log has of calls of tools. */
export const countLogged = (stateDir: string): LoggedCalls => {
  const file = join(stateDir, 'calls.db');
  if (!existsSync(file)) return { calls: 0, open: 0, outcomes: {} };
  const database = new Database(file, { readonly: true });
  const rows = database
    .prepare(
      "SELECT coalesce(outcome, 'open') AS outcome, count(*) AS calls FROM calls WHERE method = 'tools/call' GROUP BY 1",
    )
    .all() as { outcome: string; calls: number }[];
  database.close();
  const outcomes = Object.fromEntries(rows.map(({ outcome, calls }) => [outcome, calls]));
  return { calls: rows.reduce((sum, { calls }) => sum + calls, 0), open: outcomes['open'] ?? 0, outcomes };
};

export interface Effects {
  /** What was done twice although it may be done once only; the first ten. */
  readonly twice: readonly string[];
  /** How often servers were started. */
  readonly starts: number;
  readonly pids: ReadonlySet<number>;
}

/** Reads what the servers have written of themselves, line by line: it is long. */
export const readEffects = async (log: string): Promise<Effects> => {
  const seen = new Set<string>();
  const twice: string[] = [];
  const pids = new Set<number>();
  let starts = 0;
  for await (const line of createInterface({ input: createReadStream(log) })) {
    const { event, pid, tool, k } = JSON.parse(line) as { event: string; pid: number; tool?: string; k?: string };
    pids.add(pid);
    if (event === 'start') starts += 1;
    if (event !== 'effect' || tool !== 'write') continue;
    if (seen.has(`${k}`) && twice.length < 10) twice.push(`${tool} ${k}`);
    seen.add(`${k}`);
  }
  return { twice, starts, pids };
};
