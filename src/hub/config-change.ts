import type { HubConfig } from '../config/hub-config.ts';
import { identityOf } from '../upstream/identity.ts';

/** What one configuration has made of another. Each list is in the order of the configuration. */
export interface ConfigChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Upstreams of the same name that are others now: they need another process or connection. */
  readonly replaced: readonly string[];
  /** Upstreams that go on, with other settings. */
  readonly adjusted: readonly string[];
  /** Keys that have changed and count only from the next start on. */
  readonly later: readonly string[];
}

/** Compares the upstreams that are switched on, and the keys that are read at the start alone. */
export const compareConfigs = (before: HubConfig, now: HubConfig): ConfigChange => {
  const were = new Map(before.upstreams.filter(({ enabled }) => enabled).map((upstream) => [upstream.name, upstream]));
  const are = now.upstreams.filter(({ enabled }) => enabled);
  const names = new Set(are.map(({ name }) => name));
  const both = are.flatMap((upstream) => {
    const earlier = were.get(upstream.name);
    return earlier === undefined ? [] : [{ name: upstream.name, earlier, upstream }];
  });
  const replaced = both.filter(({ earlier, upstream }) => identityOf(earlier) !== identityOf(upstream));
  const others = both.filter((pair) => !replaced.includes(pair));
  return {
    added: are.filter(({ name }) => !were.has(name)).map(({ name }) => name),
    removed: [...were.keys()].filter((name) => !names.has(name)),
    replaced: replaced.map(({ name }) => name),
    adjusted: others.filter(({ earlier, upstream }) => !isSame(earlier, upstream)).map(({ name }) => name),
    later: READ_AT_START.filter(([, read]) => !isSame(read(before), read(now))).map(([key]) => key),
  };
};

/** What is given to those who serve clients and write the log when they begin. */
const READ_AT_START: ReadonlyArray<readonly [key: string, read: (config: HubConfig) => unknown]> = [
  ['hub.log', ({ log }) => log],
  ['hub.cache.refresh', ({ cacheRefresh }) => cacheRefresh],
  ['hub.timeouts.graceMs', ({ timeouts }) => timeouts.graceMs],
  ['hub.limits.lineBytes', ({ limits }) => limits.lineBytes],
  ['hub.limits.httpBodyBytes', ({ limits }) => limits.httpBodyBytes],
  ['hub.limits.clientQueueBytes', ({ limits }) => limits.clientQueueBytes],
];

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
