import type { CallRow } from '../../store/log-reader.ts';
import { printable } from '../../utils/printable.ts';
import { hasFailed, tookMs } from '../filter/match-call.ts';
import { isLate } from '../model/late-calls.ts';
import type { MonitorState } from '../model/state.ts';
import { type Span, type Style, span } from '../text/line.ts';
import { duration, timer } from '../text/quantities.ts';

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

/**
 * How a call stands: a word, and its colour. A tool that says it failed is an error here, as in the filter; a running call that
 * takes much longer than others of its tool has a mark and the colour of a warning.
 */
export const statusSpan = (call: CallRow, state: MonitorState): Span =>
  isLate(state, call, tookMs(call, state.now))
    ? span(`${WORDS.running} !`, 'warn')
    : span(WORDS[call.outcome], statusStyle(call));

export const statusStyle = (call: CallRow): Style => {
  if (call.outcome === 'ok') return 'good';
  if (call.outcome === 'running') return 'busy';
  return call.outcome === 'cancelled' || call.outcome === 'unknown' ? 'warn' : 'bad';
};

/** How long it took, or has taken so far. */
export const tookSpan = (call: CallRow, state: MonitorState): Span => {
  if (call.outcome === 'running') {
    const ms = tookMs(call, state.now);
    return span(timer(ms), isLate(state, call, ms) ? 'warn' : 'busy');
  }
  return span(duration(call.durationMs), hasFailed(call) ? 'bad' : 'plain');
};

/** The name that a person looks for: of the tool, prompt or resource, else the method. Printable. */
export const callName = (call: CallRow): string => printable(call.ownName ?? call.qualifiedName ?? call.method);

/** A name of others, printable, or `-`. */
export const named = (name: string | undefined): string => (name === undefined || name === '' ? '-' : printable(name));
