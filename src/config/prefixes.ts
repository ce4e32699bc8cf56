import type { UpstreamConfig } from './hub-config.ts';
import type { ProblemList } from './problem-list.ts';
import type { ServerEntry } from './server-entries.ts';

/**
 * Makes prefixes fit to be prefixes: one that contains the separator would make it unclear where the name begins, and loses
 * it. Two upstreams with one prefix are told; their names are kept apart where they meet.
 */
export const settlePrefixes = (
  upstreams: readonly UpstreamConfig[],
  separator: string,
  entries: readonly ServerEntry[],
  problems: ProblemList,
): readonly UpstreamConfig[] => {
  const settled = upstreams.map((upstream) => withoutSeparator(upstream, separator, entries, problems));
  const owners = new Map<string, string>();
  for (const { name, prefix, enabled } of settled) {
    const owner = owners.get(prefix);
    if (!enabled || prefix === '') continue;
    if (owner === undefined) owners.set(prefix, name);
    else {
      const message =
        `servers "${owner}" and "${name}" have the same prefix "${prefix}": where both offer a name, ` +
        `that of "${name}" is changed; set hub.servers.${name}.prefix`;
      problems.report({ severity: 'warning', path: pathOf(name, entries), upstream: name, message, isWhole: true });
    }
  }
  return settled;
};

const withoutSeparator = (
  upstream: UpstreamConfig,
  separator: string,
  entries: readonly ServerEntry[],
  problems: ProblemList,
): UpstreamConfig => {
  const { name, prefix } = upstream;
  if (!prefix.includes(separator)) return upstream;
  const settled = removeSeparator(prefix, separator);
  const message = `the prefix "${prefix}" of server "${name}" contains the separator "${separator}"; "${settled}" is used`;
  problems.report({ severity: 'warning', path: pathOf(name, entries), upstream: name, message, isWhole: true });
  return { ...upstream, prefix: settled };
};

const removeSeparator = (prefix: string, separator: string): string => {
  const filler = separator === '_' ? '-' : '_';
  let settled = prefix;
  while (settled.includes(separator)) settled = settled.replaceAll(separator, filler);
  return settled;
};

const pathOf = (name: string, entries: readonly ServerEntry[]): readonly (string | number)[] =>
  entries.find((entry) => entry.name === name)?.path ?? [];
