import type { CallRow } from '../../store/log-reader.ts';
import { matchesGlob } from './glob.ts';
import type { Status, Term } from './parse-filter.ts';

/** Which calls are wanted: those for which all terms hold, where those of one key are alternatives. */
export interface CallMatch {
  readonly terms: readonly Term[];
  /** Only calls that began then or later; absent: all. */
  readonly sinceMs?: number;
}

export const EVERY_CALL: CallMatch = { terms: [] };

/** A call that took longer counts as slow. */
export const SLOW_MS = 1000;

/** Whether a call is wanted. `now` is what running calls are measured by. */
export const matchesCall = (call: CallRow, { terms, sinceMs }: CallMatch, now: number): boolean =>
  (sinceMs === undefined || call.startedAt >= sinceMs) &&
  terms.every((term) => term.isNegated !== alternatives(term, terms).some((each) => holds(each, call, now)));

/** Of several names, or several statuses, any will do; of words each must be there. */
const alternatives = (term: Term, terms: readonly Term[]): readonly Term[] =>
  term.isNegated || !OR_KINDS.includes(term.kind)
    ? [term]
    : terms.filter((each) => each.kind === term.kind && !each.isNegated);

const OR_KINDS: readonly Term['kind'][] = ['server', 'tool', 'client', 'status'];

const holds = (term: Term, call: CallRow, now: number): boolean => {
  switch (term.kind) {
    case 'server':
      return matchesGlob(call.upstream ?? '', term.glob);
    case 'tool':
      return [call.ownName, call.qualifiedName].some((name) => name !== undefined && matchesGlob(name, term.glob));
    case 'client':
      return matchesGlob(call.client ?? '', term.glob);
    case 'status':
      return hasStatus(call, term.status, now);
    case 'longer':
      return tookMs(call, now) > term.ms;
    case 'shorter':
      return tookMs(call, now) < term.ms;
    case 'since':
      return call.startedAt >= now - term.ms;
    case 'from':
      return call.startedAt >= term.at;
    case 'word':
      return wordsOf(call).some((text) => text?.toLowerCase().includes(term.word) === true);
  }
};

/** How long a call has taken, or takes already. */
export const tookMs = (call: CallRow, now: number): number =>
  call.durationMs ?? (call.outcome === 'running' ? Math.max(0, now - call.startedAt) : 0);

/** Whether it ended otherwise than well. */
export const hasFailed = (call: CallRow): boolean => call.outcome !== 'ok' && call.outcome !== 'running';

/** `error` is every bad end; the other words are those of the log. */
const hasStatus = (call: CallRow, status: Status, now: number): boolean => {
  if (status === 'slow') return tookMs(call, now) > SLOW_MS;
  return status === 'error' ? hasFailed(call) : call.outcome === status;
};

const wordsOf = (call: CallRow): (string | undefined)[] => [call.upstream, call.qualifiedName, call.errorMessage];
