import type { CallFilter } from '../../store/call-query.ts';
import type { CallRow, LogReader } from '../../store/log-reader.ts';
import { type CallMatch, matchesCall } from '../filter/match-call.ts';
import type { CallQuery } from './monitor-source.ts';

/** Rows that are read at once while those are looked for that match. */
const PAGE_ROWS = 1_000;

/** After so many rows without enough matches the search ends: an answer within a moment is worth more than an old call. */
const MOST_ROWS = 50_000;

/** The calls that match, oldest first. What SQL cannot say of a filter is looked for among the rows that it gives. */
export const searchCalls = (reader: LogReader, query: CallQuery, now: number): CallRow[] => {
  const { filter, isExact } = toFilter(query.match, now);
  const order = query.afterId === undefined ? 'desc' : 'asc';
  const base: Omit<CallFilter, 'limit'> = {
    ...filter,
    order,
    ...(query.afterId === undefined ? {} : { afterId: query.afterId }),
    ...(query.beforeId === undefined ? {} : { beforeId: query.beforeId }),
    ...(query.ids === undefined ? {} : { ids: query.ids }),
  };
  if (isExact) return inOrder(reader.calls({ ...base, limit: query.limit }), order);
  const found: CallRow[] = [];
  let edge: { afterId?: number; beforeId?: number } = {};
  for (let read = 0; read < MOST_ROWS && found.length < query.limit; read += PAGE_ROWS) {
    const page = reader.calls({ ...base, ...edge, limit: PAGE_ROWS });
    found.push(...page.filter((call) => matchesCall(call, query.match, now)));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) break;
    edge = order === 'desc' ? { beforeId: last.id } : { afterId: last.id };
  }
  return inOrder(found.slice(0, query.limit), order);
};

const inOrder = (calls: CallRow[], order: 'asc' | 'desc'): CallRow[] => (order === 'asc' ? calls : calls.reverse());

/** What the log's own query can say of a filter, and whether that is all of it. */
const toFilter = (
  { terms, sinceMs }: CallMatch,
  now: number,
): { filter: Pick<CallFilter, 'server' | 'tool' | 'client' | 'errorsOnly' | 'sinceMs'>; isExact: boolean } => {
  const filter: { server?: string; tool?: string; client?: string; errorsOnly?: boolean; sinceMs?: number } = {};
  if (sinceMs !== undefined) filter.sinceMs = sinceMs;
  let isExact = true;
  for (const term of terms) {
    if (term.isNegated) {
      isExact = false;
    } else if (term.kind === 'server' || term.kind === 'tool' || term.kind === 'client') {
      if (filter[term.kind] === undefined) filter[term.kind] = term.glob;
      else isExact = false;
    } else if (term.kind === 'since') {
      filter.sinceMs = Math.max(filter.sinceMs ?? 0, now - term.ms);
    } else if (term.kind === 'status' && term.status === 'error') {
      filter.errorsOnly = true;
    } else {
      isExact = false;
    }
  }
  return { filter, isExact };
};
