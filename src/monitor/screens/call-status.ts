import type { CallRow } from '../../store/log-reader.ts';
import { printable } from '../../utils/printable.ts';
import { hasFailed, tookMs } from '../filter/match-call.ts';
import { type Span, type Style, span } from '../text/line.ts';
import { duration, timer } from '../text/quantities.ts';

/** A running call that takes longer than this is coloured. */
const LONG_RUN_MS = 5_000;

const WORDS: Readonly<Record<CallRow['outcome'], string>> = {
  ok: 'ok',
  running: 'running',
  tool_error: 'error',
  error: 'error',
  timeout: 'timeout',
  cancelled: 'cancelled',
  denied: 'denied',
  unknown: 'unknown',
};

/** How a call stands: a word, and its colour. A tool that says it failed is an error here, as in the filter. */
export const statusSpan = (call: CallRow): Span => span(WORDS[call.outcome], statusStyle(call));

export const statusStyle = (call: CallRow): Style => {
  if (call.outcome === 'ok') return 'good';
  if (call.outcome === 'running') return 'busy';
  return call.outcome === 'cancelled' || call.outcome === 'unknown' ? 'warn' : 'bad';
};

/** How long it took, or has taken so far. */
export const tookSpan = (call: CallRow, now: number): Span => {
  if (call.outcome === 'running') {
    const ms = tookMs(call, now);
    return span(timer(ms), ms > LONG_RUN_MS ? 'warn' : 'busy');
  }
  return span(duration(call.durationMs), hasFailed(call) ? 'bad' : 'plain');
};

/** The name that a person looks for: of the tool, prompt or resource, else the method. Printable. */
export const callName = (call: CallRow): string => printable(call.ownName ?? call.qualifiedName ?? call.method);

/** A name of others, printable, or `-`. */
export const named = (name: string | undefined): string => (name === undefined || name === '' ? '-' : printable(name));
