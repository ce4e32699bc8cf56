import { bucketSql } from './latency-buckets.ts';

/** Fills the tables of sums from the calls of a log that was begun before there were any. Part of a migration: not to be changed. */
export const SUMS_OF_EARLIER_CALLS = ((): string => {
  const isNamed = "calls.upstream IS NOT NULL AND calls.method IN ('tools/call', 'prompts/get')";
  const named = (column: string): string => `CASE WHEN ${isNamed} THEN coalesce(calls.${column}, '') ELSE '' END`;
  const sums = (span: number, name: string): string => `
  INSERT INTO call_sums
  WITH cells AS (
    SELECT ${name} AS name, started_at - started_at % ${span * 60_000} AS at, outcome,
      ${bucketSql('coalesce(duration_ms, 0)')} AS bucket, count(*) AS calls, sum(coalesce(duration_ms, 0)) AS sum_ms,
      max(coalesce(duration_ms, 0)) AS max_ms, sum(coalesce(hub_ms, 0)) AS hub_ms, sum(bytes_in) AS bytes_in,
      sum(coalesce(bytes_out, 0)) AS bytes_out
    FROM calls LEFT JOIN call_names ON call_names.upstream = coalesce(calls.upstream, '')
      AND call_names.method = calls.method AND call_names.qualified_name = ${named('qualified_name')}
    WHERE outcome IS NOT NULL ${span === 1 ? 'AND started_at >= (SELECT max(started_at) FROM calls) - 172800000' : ''}
    GROUP BY 1, 2, 3, 4)
  SELECT ${span}, name, at, sum(calls), coalesce(sum(calls) FILTER (WHERE outcome <> 'ok'), 0), sum(sum_ms), max(max_ms),
    sum(hub_ms), sum(bytes_in), sum(bytes_out), group_concat(bucket || ':' || calls || ' ', ''),
    coalesce(group_concat(outcome || ':' || calls || ' ', '') FILTER (WHERE outcome <> 'ok'), '')
  FROM cells GROUP BY name, at;`;
  return `
  INSERT INTO call_names (upstream, method, qualified_name, own_name, last_used)
  SELECT coalesce(upstream, ''), method, ${named('qualified_name')}, max(${named('own_name')}), max(started_at)
  FROM calls GROUP BY 1, 2, 3;
  ${[1, 60, 1440].map((span) => sums(span, '0') + sums(span, 'call_names.id')).join('')}
  INSERT INTO client_sums
  SELECT client, coalesce(upstream, ''), count(*), count(*) FILTER (WHERE outcome <> 'ok'), sum(bytes_in),
    sum(coalesce(bytes_out, 0)), max(started_at)
  FROM calls WHERE client IS NOT NULL AND outcome IS NOT NULL GROUP BY 1, 2;`;
})();
