import { eventually } from '../support/processes.ts';
import { linesOf } from './upstream-lines.ts';

/** What came back for one input, as far as it was an answer. */
export interface Answered {
  /** The HTTP status; absent on stdio. */
  readonly status?: number;
  /** The code of the JSON-RPC error; absent where there was none. */
  readonly code?: number;
}

/** What one input has to lead to. No upstream may get anything of it. */
export interface BadInput<To> {
  /** Completes the sentence `... is refused`. */
  readonly what: string;
  readonly send: (to: To) => Promise<Answered>;
  readonly answer: Answered;
  /** Its row in the log; absent where it names no method, so that there is nothing to be put in a row. */
  readonly row?: Row;
  /** Whether it is refused only when its upstream is known; default: before. */
  readonly isRouted?: true;
  /** The code in its row; default: that of the answer. */
  readonly codeInLog?: number;
  /** How many messages get to upstreams, and which rows the log gets, for the good requests that it needs; default: none. */
  readonly besides?: { readonly lines: number; readonly rows: readonly Row[] };
}

export type Row = readonly [method: string, outcome: string];

/** What one input has led to. */
export interface Seen {
  readonly answered: Answered | { readonly failed: string };
  /** What has got to upstreams. */
  readonly lines: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface Stand<To> {
  readonly to: To;
  /** The file in which the upstreams write what gets to them. */
  readonly evilLog: string;
  /** Calls `echo` of an upstream with this text, which shows that the hub is well, and where the next input begins. */
  readonly fence: (text: string) => Promise<string>;
  /** The rows of `mcp-hub logs --json`, the oldest first. */
  readonly readRows: () => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Sends one input after the other, with a good call before and after each, and tells what each has led to. */
export const sendAll = async <To>(
  cases: readonly BadInput<To>[],
  { to, evilLog, fence, readRows }: Stand<To>,
): Promise<readonly Seen[]> => {
  const seen: Omit<Seen, 'rows'>[] = [];
  await fence(fenceText(0));
  for (const [index, { send }] of cases.entries()) {
    const before = linesOf(evilLog).length;
    const answered = await send(to).catch((error: unknown) => ({ failed: String(error) }));
    const text = fenceText(index + 1);
    const echoed = await fence(text);
    if (echoed !== text) throw new Error(`the call after ${index} gave ${echoed}`);
    const lines = linesOf(evilLog).slice(before);
    seen.push({ answered, lines: lines.filter((line) => !line.includes(text)) });
  }
  const rows = await eventually('the last row', async () => {
    const read = await readRows();
    return read.some((row) => isFence(row, cases.length) && row['outcome'] === 'ok') ? read : undefined;
  });
  const starts = cases.map((_case, index) => rows.findIndex((row) => isFence(row, index)));
  return seen.map((one, index) => {
    const start = starts[index] ?? 0;
    const end = rows.findIndex((row) => isFence(row, index + 1));
    return { ...one, rows: rows.slice(start + 1, end) };
  });
};

const fenceText = (index: number): string => `fence ${index}.`;

const isFence = ({ request }: Readonly<Record<string, unknown>>, index: number): boolean =>
  JSON.stringify(request ?? '').includes(fenceText(index));
