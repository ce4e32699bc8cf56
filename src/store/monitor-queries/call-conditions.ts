import { sqlGlob } from '../call-query.ts';
import type { CallTerms } from './call-page.ts';

export interface Conditions {
  readonly where: readonly string[];
  readonly values: readonly unknown[];
}

/**
 * What a row of `calls` and `clients` must fulfil.
 * @param ended the runs whose process has ended: their open calls are `unknown`, not `running`
 */
export const callConditions = (
  filter: CallTerms & { readonly not?: CallTerms },
  ended: readonly number[],
): Conditions => {
  const wanted = termConditions(filter, ended);
  const unwanted = termConditions(filter.not ?? {}, ended);
  return {
    where: [...wanted.where, ...unwanted.where.map((condition) => `NOT coalesce(${condition}, 0)`)],
    values: [...wanted.values, ...unwanted.values],
  };
};

const termConditions = (terms: CallTerms, ended: readonly number[]): Conditions => {
  const where: string[] = [];
  const values: unknown[] = [];
  const anyOf = (
    texts: readonly string[] | undefined,
    condition: string,
    places: number,
    toValue: (text: string) => string,
  ): void => {
    if (texts === undefined || texts.length === 0) return;
    where.push(`(${texts.map(() => condition).join(' OR ')})`);
    for (const text of texts) for (let place = 0; place < places; place += 1) values.push(toValue(text));
  };
  anyOf(terms.servers, 'lower(upstream) GLOB ?', 1, sqlGlob);
  anyOf(terms.tools, 'lower(qualified_name) GLOB ? OR lower(own_name) GLOB ?', 2, sqlGlob);
  anyOf(terms.clients, 'lower(clients.name) GLOB ?', 1, sqlGlob);
  for (const word of terms.words ?? []) anyOf([word], WORD, 3, (text) => text.toLowerCase());
  const statuses = terms.statuses ?? [];
  if (statuses.length > 0) where.push(`(${statuses.map((status) => statusCondition(status, ended)).join(' OR ')})`);
  if (terms.minMs !== undefined) {
    where.push('duration_ms >= ?');
    values.push(terms.minMs);
  }
  if (terms.sinceMs !== undefined) {
    where.push('calls.started_at >= ?');
    values.push(Math.floor(terms.sinceMs));
  }
  return { where, values };
};

/** `instr` gives NULL where the text is absent, which counts as not found. */
const WORD =
  'instr(lower(upstream), ?) > 0 OR instr(lower(qualified_name), ?) > 0 OR instr(lower(error_message), ?) > 0';

const statusCondition = (status: string, ended: readonly number[]): string => {
  const lost = `(outcome IS NULL AND calls.run IN (${ended.join(', ')}))`;
  switch (status) {
    case 'running':
      return `(outcome IS NULL AND coalesce(calls.run, 0) NOT IN (${ended.join(', ')}))`;
    case 'failed':
      return `(outcome <> 'ok' OR ${lost})`;
    case 'unknown':
      return `(outcome = 'unknown' OR ${lost})`;
    default:
      return `outcome = '${status.replaceAll("'", "''")}'`;
  }
};
