import type { Outcome } from '../events/events.ts';
import type { FinishedRow, LogRow, StartedRow } from './log-rows.ts';

/**
 * Rows in a form that costs little to hand to another thread: the numbers of all calls in one array, their texts joined to few,
 * and what many calls have in common said once. An object for each row would cost several times as much on either side.
 */
export interface PackedRows {
  /** For each row its kind; for a call also its numbers, where its names are, and the lengths of its texts. */
  readonly numbers: Float64Array;
  /** The texts of calls, one behind the other; each row's are in one of these. */
  readonly texts: readonly string[];
  /** What calls are of, `NAME_VALUES` of it for each. */
  readonly names: ReadonlyArray<string | undefined>;
  /** Rows of other kinds. */
  readonly others: readonly LogRow[];
}

export const packRows = (rows: readonly LogRow[]): PackedRows => {
  const numbers = new Float64Array(rows.length * MOST_NUMBERS);
  const texts = createTexts();
  const names = createNames();
  const others: LogRow[] = [];
  let at = 0;
  for (const row of rows) {
    if (row.type === 'call.started') {
      const { callId, startedAt, bytesIn, request } = row;
      numbers[at] = STARTED;
      numbers[at + 1] = names.placeOf(row);
      numbers[at + 2] = startedAt;
      numbers[at + 3] = bytesIn;
      numbers[at + 4] = callId.length;
      numbers[at + 5] = request?.length ?? ABSENT;
      texts.add(request === undefined ? callId : callId + request);
      at += STARTED_NUMBERS;
    } else if (row.type === 'call.finished') {
      const { callId, outcome, errorCode, errorMessage, result } = row;
      numbers[at] = FINISHED;
      numbers[at + 1] = OUTCOME_PLACES[outcome];
      numbers[at + 2] = errorCode ?? Number.NaN;
      numbers[at + 3] = row.durationMs;
      numbers[at + 4] = row.hubMs;
      numbers[at + 5] = row.upstreamMs;
      numbers[at + 6] = row.bytesOut;
      numbers[at + 7] = callId.length;
      numbers[at + 8] = errorMessage?.length ?? ABSENT;
      numbers[at + 9] = result?.length ?? ABSENT;
      texts.add(callId + (errorMessage ?? '') + (result ?? ''));
      at += FINISHED_NUMBERS;
    } else {
      numbers[at] = OTHER;
      others.push(row);
      at += 1;
    }
  }
  // Of a part of an array the whole would be handed over.
  return { numbers: numbers.slice(0, at), texts: texts.all(), names: names.all, others };
};

/** The same rows; a member that was left out is undefined. */
export const unpackRows = ({ numbers, texts, names, others }: PackedRows): LogRow[] => {
  const rows: LogRow[] = [];
  const reader = createTextReader(texts);
  let nextOther = 0;
  for (let at = 0; at < numbers.length; ) {
    const kind = numbers[at];
    if (kind === STARTED) {
      rows.push(startedFrom(numbers, at, names, reader));
      at += STARTED_NUMBERS;
    } else if (kind === FINISHED) {
      rows.push(finishedFrom(numbers, at, reader));
      at += FINISHED_NUMBERS;
    } else {
      rows.push(others[nextOther] as LogRow);
      nextOther += 1;
      at += 1;
    }
  }
  return rows;
};

const OTHER = 0;
const STARTED = 1;
const FINISHED = 2;

const STARTED_NUMBERS = 6;
const FINISHED_NUMBERS = 10;
const MOST_NUMBERS = FINISHED_NUMBERS;

/** The length of a text that there is not. */
const ABSENT = -1;

const OUTCOME_PLACES: Readonly<Record<Outcome, number>> = {
  ok: 0,
  tool_error: 1,
  error: 2,
  timeout: 3,
  cancelled: 4,
  denied: 5,
  unknown: 6,
};

/** The outcomes in the order of their places. */
const OUTCOMES = Object.entries(OUTCOME_PLACES)
  .sort(([, place], [, other]) => place - other)
  .map(([outcome]) => outcome as Outcome);

/** A text has so many characters or few more: one character beyond Latin-1 makes each of its text take two bytes. */
const TEXT_CHARS = 16_384;

const createTexts = () => {
  const texts: string[] = [];
  let text = '';
  return {
    add(more: string): void {
      text += more;
      if (text.length < TEXT_CHARS) return;
      texts.push(text);
      text = '';
    },
    all: (): readonly string[] => [...texts, text],
  };
};

type Names = Pick<StartedRow, 'clientId' | 'method' | 'upstream' | 'qualifiedName' | 'ownName'>;

/** `clientId`, `method`, `upstream`, `qualifiedName` and `ownName`. */
const NAME_VALUES = 5;

/** Most calls are of the names of the call before, or of one shortly before it. */
const LOOKED_BACK = 4 * NAME_VALUES;

const createNames = () => {
  const all: Array<string | undefined> = [];
  const isAt = (place: number, row: Names): boolean =>
    all[place + 3] === row.qualifiedName &&
    all[place] === row.clientId &&
    all[place + 1] === row.method &&
    all[place + 2] === row.upstream &&
    all[place + 4] === row.ownName;
  return {
    all,
    placeOf(row: Names): number {
      const end = all.length;
      for (let place = end - NAME_VALUES; place >= Math.max(0, end - LOOKED_BACK); place -= NAME_VALUES)
        if (isAt(place, row)) return place;
      all.push(row.clientId, row.method, row.upstream, row.qualifiedName, row.ownName);
      return end;
    },
  };
};

type TextReader = ReturnType<typeof createTextReader>;

/** Reads the texts in the order in which they were added. */
const createTextReader = (texts: readonly string[]) => {
  let index = 0;
  let text = texts[0] ?? '';
  let at = 0;
  return {
    /** To be called before the texts of a row: they are in one text. */
    begin(): void {
      if (at < text.length) return;
      index += 1;
      text = texts[index] ?? '';
      at = 0;
    },
    next(length: number | undefined): string | undefined {
      if (length === undefined || length === ABSENT) return undefined;
      at += length;
      return text.slice(at - length, at);
    },
  };
};

const startedFrom = (numbers: Float64Array, at: number, names: PackedRows['names'], texts: TextReader): StartedRow => {
  const name = numbers[at + 1] as number;
  texts.begin();
  return {
    type: 'call.started',
    callId: texts.next(numbers[at + 4]),
    clientId: names[name],
    method: names[name + 1],
    upstream: names[name + 2],
    qualifiedName: names[name + 3],
    ownName: names[name + 4],
    startedAt: numbers[at + 2],
    bytesIn: numbers[at + 3],
    request: texts.next(numbers[at + 5]),
  } as StartedRow;
};

const finishedFrom = (numbers: Float64Array, at: number, texts: TextReader): FinishedRow => {
  const errorCode = numbers[at + 2];
  texts.begin();
  return {
    type: 'call.finished',
    callId: texts.next(numbers[at + 7]),
    outcome: OUTCOMES[numbers[at + 1] as number],
    errorCode: Number.isNaN(errorCode) ? undefined : errorCode,
    durationMs: numbers[at + 3],
    hubMs: numbers[at + 4],
    upstreamMs: numbers[at + 5],
    bytesOut: numbers[at + 6],
    errorMessage: texts.next(numbers[at + 8]),
    result: texts.next(numbers[at + 9]),
  } as FinishedRow;
};
