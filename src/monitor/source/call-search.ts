import type { CallRow } from '../../store/log-reader.ts';
import type { CallPageFilter, CallTerms } from '../../store/monitor-queries/call-page.ts';
import type { MonitorReader } from '../../store/monitor-reader.ts';
import { type CallMatch, matchesCall, SLOW_MS } from '../filter/match-call.ts';
import type { Status, Term } from '../filter/parse-filter.ts';
import type { CallQuery, CallsFound } from './monitor-source.ts';

/** How long a search may take at once, so that the screen stays alive; it is gone on with later. Milliseconds. */
const BUDGET_MS = 30;

/** Running calls that are looked at where a duration is asked for. */
const MOST_RUNNING = 1_000;

/** The calls that match. What the log's own query cannot say of a filter is looked for among the rows that it gives. */
export const searchCalls = (reader: MonitorReader, query: CallQuery, now: number): CallsFound => {
  const { match, ids, limit } = query;
  const wanted = (calls: readonly CallRow[]): CallRow[] => calls.filter((call) => matchesCall(call, match, now));
  if (ids !== undefined) return { calls: wanted(reader.callsById(ids)).toReversed() };
  const filter = { ...toTerms(match, now), not: negated(match.terms) };
  if (query.afterId !== undefined) {
    const page = reader.callPage({ ...filter, afterId: query.afterId, limit });
    return { calls: wanted(page.calls).toReversed(), ...(page.isComplete ? {} : { reachedId: page.reachedId }) };
  }
  const running = filter.minMs === undefined ? [] : wanted(longRunning(reader, filter, query.beforeId));
  const found: CallRow[] = [];
  const until = performance.now() + BUDGET_MS;
  let beforeId = query.beforeId;
  for (;;) {
    const page = reader.callPage({
      ...filter,
      limit: limit - found.length,
      ...(beforeId !== undefined && { beforeId }),
    });
    found.push(...wanted(page.calls));
    if (page.isComplete) return { calls: merged(found, running, 0) };
    beforeId = page.reachedId;
    if (found.length >= limit || performance.now() >= until)
      return { calls: merged(found, running, beforeId), reachedId: beforeId };
  }
};

/** The log knows how long a call took when it has ended; those that still run are few, and are looked at one by one. */
const longRunning = (
  reader: MonitorReader,
  { minMs: _, ...filter }: CallTerms & { readonly not: CallTerms },
  beforeId: number | undefined,
): readonly CallRow[] => {
  const statuses: CallPageFilter['statuses'] = ['running'];
  return reader.callPage({ ...filter, statuses, limit: MOST_RUNNING, ...(beforeId !== undefined && { beforeId }) })
    .calls;
};

/** Oldest first, each once. */
const merged = (found: readonly CallRow[], running: readonly CallRow[], fromId: number): CallRow[] => {
  const all = new Map([...found, ...running.filter(({ id }) => id >= fromId)].map((call) => [call.id, call]));
  return [...all.values()].sort((a, b) => a.id - b.id);
};

const toTerms = ({ terms, sinceMs }: CallMatch, now: number): CallTerms => {
  const plain = terms.filter(({ isNegated }) => !isNegated);
  const since = plain.flatMap((term) =>
    term.kind === 'since' ? [now - term.ms] : term.kind === 'from' ? [term.at] : [],
  );
  const earliest = Math.max(sinceMs ?? 0, ...since);
  const limits = plain.flatMap((term) => (term.kind === 'longer' ? [term.ms] : []));
  const statuses = plain.flatMap((term) => (term.kind === 'status' && term.status !== 'slow' ? [term.status] : []));
  const isSlowWanted = plain.some((term) => term.kind === 'status' && term.status === 'slow');
  if (isSlowWanted && statuses.length === 0) limits.push(SLOW_MS);
  return {
    ...globs(plain),
    ...words(plain),
    ...(statuses.length > 0 && !isSlowWanted ? { statuses: statuses.map(statusOf) } : {}),
    ...(limits.length > 0 ? { minMs: Math.max(...limits) } : {}),
    ...(earliest > 0 ? { sinceMs: earliest } : {}),
  };
};

/** What the log may leave out; durations are left to the filter. */
const negated = (terms: readonly Term[]): CallTerms => {
  const unwanted = terms.filter(({ isNegated }) => isNegated);
  const statuses = unwanted.flatMap((term) => (term.kind === 'status' && term.status !== 'slow' ? [term.status] : []));
  return { ...globs(unwanted), ...words(unwanted), statuses: statuses.map(statusOf) };
};

const words = (terms: readonly Term[]): Pick<CallTerms, 'words'> => ({
  words: terms.flatMap((term) => (term.kind === 'word' ? [term.word] : [])),
});

const globs = (terms: readonly Term[]): Pick<CallTerms, 'servers' | 'tools' | 'clients'> => {
  const of = (kind: 'server' | 'tool' | 'client'): string[] =>
    terms.flatMap((term) => (term.kind === kind ? [term.glob] : []));
  return { servers: of('server'), tools: of('tool'), clients: of('client') };
};

const statusOf = (status: Exclude<Status, 'slow'>): NonNullable<CallTerms['statuses']>[number] =>
  status === 'error' ? 'failed' : status;
