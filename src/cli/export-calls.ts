import type { CallFilter } from '../store/call-query.ts';
import type { CallRow, LogReader } from '../store/log-reader.ts';
import type { ExportFormat } from './declare-log-verbs.ts';
import { csvHeading, csvRecord } from './log-csv.ts';
import { HAR_FRAME, harEntry } from './log-har.ts';
import { logJsonLine } from './log-json.ts';

export interface ExportCallsOptions {
  /** Undefined where no hub has logged anything yet: then the document is empty, and valid. */
  readonly reader: LogReader | undefined;
  readonly filter: Omit<CallFilter, 'limit' | 'order' | 'payloads'>;
  readonly format: ExportFormat;
  /** Whether a person reads the text in a terminal. */
  readonly isForTerminal: boolean;
}

/** A page holds no more than this many payloads of `hub.log.payloadBytes` at once. */
const PAGE_ROWS = 200;

/**
 * The calls that match as pieces of one document, in the order of writing. One page of calls is in memory at a time, and no
 * lock is held between two pages: however slowly the pieces are taken, hubs go on writing. A call that is written meanwhile
 * may be in it; none is in it twice.
 */
export function* exportCalls(options: ExportCallsOptions): Generator<string> {
  const { format, isForTerminal } = options;
  if (format === 'ndjson') for (const page of pagesOf(options)) yield page.map(logJsonLine).join('');
  if (format === 'csv') {
    yield csvHeading();
    for (const page of pagesOf(options)) yield page.map((call) => csvRecord(call, isForTerminal)).join('');
  }
  if (format === 'har') yield* harPieces(pagesOf(options));
}

function* harPieces(pages: Iterable<readonly CallRow[]>): Generator<string> {
  yield HAR_FRAME.start;
  let separator = '\n';
  for (const page of pages) {
    yield separator + page.map(harEntry).join(HAR_FRAME.between);
    separator = HAR_FRAME.between;
  }
  yield HAR_FRAME.end;
}

function* pagesOf({ reader, filter }: ExportCallsOptions): Generator<readonly CallRow[]> {
  let afterId = 0;
  for (let isLast = reader === undefined; !isLast; ) {
    const page = reader?.calls({ ...filter, afterId, limit: PAGE_ROWS, order: 'asc', payloads: true }) ?? [];
    afterId = page.at(-1)?.id ?? afterId;
    isLast = page.length < PAGE_ROWS;
    if (page.length > 0) yield page;
  }
}
