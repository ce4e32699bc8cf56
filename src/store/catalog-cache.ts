import type Database from 'better-sqlite3';
import type { Era } from '../protocol/era.ts';
import { LIST_KINDS, type ListKind } from '../protocol/methods.ts';
import type { CacheDatabase } from './cache-database.ts';

/** Whose catalog it is: the configuration of an upstream, and the client capabilities that were declared to it. */
export interface CatalogKey {
  readonly configHash: string;
  readonly profile: string;
}

/** The lists of an upstream, as they are stored. */
export type StoredLists = Readonly<Record<ListKind, Buffer>>;

/** Who an upstream is, as it is stored. */
export interface StoredIdentity {
  /** JSON. */
  readonly identity: string;
  /** When it was last found to be so, in milliseconds since the epoch. */
  readonly checkedAt: number;
}

/** What was found out about an upstream's era, and when, in milliseconds since the epoch. */
export interface EraVerdict {
  readonly era: Era;
  readonly at: number;
}

/** Reads who the upstreams were under the keys, without their lists, which may be long; absent where nothing was kept. */
export const readIdentities = (cache: CacheDatabase, keys: readonly CatalogKey[]): Array<StoredIdentity | undefined> =>
  readUnder(cache, keys, 'identity, checked_at AS checkedAt');

/** Reads the lists that were kept under the keys; absent where none were. */
export const readLists = (cache: CacheDatabase, keys: readonly CatalogKey[]): Array<StoredLists | undefined> =>
  readUnder(cache, keys, LIST_KINDS.join(', '));

/** Reads who an upstream of this name was last, whatever its configuration and the capabilities; undefined: nothing. */
export const readLatestIdentity = (cache: CacheDatabase, upstream: string): string | undefined =>
  cache.read((database) =>
    database
      .prepare<[string], string>('SELECT identity FROM catalogs WHERE upstream = ? ORDER BY checked_at DESC LIMIT 1')
      .pluck()
      .get(upstream),
  );

/** What is kept under a configuration, for each profile of capabilities; what was checked last comes last. */
export const readCatalogsOf = (
  cache: CacheDatabase,
  configHash: string,
): ReadonlyArray<{ readonly identity: string; readonly tools: Buffer }> =>
  cache.read((database) =>
    database
      .prepare<[string], { identity: string; tools: Buffer }>(
        'SELECT identity, tools FROM catalogs WHERE config_hash = ? ORDER BY checked_at',
      )
      .all(configHash),
  ) ?? [];

const readUnder = <Row>(cache: CacheDatabase, keys: readonly CatalogKey[], columns: string): Array<Row | undefined> =>
  cache.read((database) => {
    const find = database.prepare<[string, string], Row>(
      `SELECT ${columns} FROM catalogs WHERE config_hash = ? AND profile = ?`,
    );
    return keys.map(({ configHash, profile }) => find.get(configHash, profile));
  }) ?? [];

/** Stores a catalog in place of the one before. To be used inside a transaction. */
export const putCatalog = (
  database: Database.Database,
  { configHash, profile }: CatalogKey,
  { upstream, ...catalog }: StoredIdentity & StoredLists & { readonly upstream: string },
): void => {
  database
    .prepare(
      `INSERT OR REPLACE INTO catalogs
         (config_hash, profile, upstream, saved_at, checked_at, identity, tools, prompts, resources, templates)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      configHash,
      profile,
      upstream,
      catalog.checkedAt,
      catalog.checkedAt,
      catalog.identity,
      ...LIST_KINDS.map((kind) => catalog[kind]),
    );
};

/** Says that a catalog has been found to be as it is kept. To be used inside a transaction. */
export const confirmCatalog = (
  database: Database.Database,
  { configHash, profile }: CatalogKey,
  checkedAt: number,
): void => {
  database
    .prepare('UPDATE catalogs SET checked_at = max(checked_at, ?) WHERE config_hash = ? AND profile = ?')
    .run(checkedAt, configHash, profile);
};

/** To be used inside a transaction. */
export const deleteCatalog = (database: Database.Database, { configHash, profile }: CatalogKey): void => {
  database.prepare('DELETE FROM catalogs WHERE config_hash = ? AND profile = ?').run(configHash, profile);
};

/** Reads the era that was last found for an upstream with this configuration. */
export const readEraVerdict = (cache: CacheDatabase, configHash: string): EraVerdict | undefined =>
  cache.read((database) =>
    database
      .prepare<[string], EraVerdict>('SELECT era, decided_at AS at FROM eras WHERE config_hash = ?')
      .get(configHash),
  );

/** Of two hubs that have asked, the later word counts. To be used inside a transaction. */
export const putEraVerdict = (
  database: Database.Database,
  upstream: string,
  configHash: string,
  { era, at }: EraVerdict,
): void => {
  database
    .prepare(
      `INSERT INTO eras (config_hash, upstream, era, decided_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (config_hash) DO UPDATE SET upstream = excluded.upstream, era = excluded.era,
         decided_at = excluded.decided_at WHERE decided_at <= excluded.decided_at`,
    )
    .run(configHash, upstream, era, at);
};

/** When what is kept under a configuration was last found to be so, by configuration; whatever the capabilities. */
export const readCatalogAges = (cache: CacheDatabase): ReadonlyMap<string, number> =>
  new Map(
    cache.read((database) =>
      database
        .prepare<[], [string, number]>('SELECT config_hash, max(checked_at) FROM catalogs GROUP BY config_hash')
        .raw()
        .all(),
    ),
  );

/** A configuration under which something is kept, and the name of the upstream that wrote it last. */
export interface KeptConfig {
  readonly configHash: string;
  readonly upstream: string;
}

/** Under which configurations something is kept, by the names of the upstreams. */
export const keptConfigs = (cache: CacheDatabase): readonly KeptConfig[] =>
  cache.read((database) =>
    database
      .prepare<[], KeptConfig>(
        `SELECT config_hash AS configHash, upstream FROM catalogs UNION SELECT config_hash, upstream FROM eras
         ORDER BY upstream, configHash`,
      )
      .all(),
  ) ?? [];

/** Forgets all that is kept under these configurations. To be used inside a transaction. */
export const clearConfigs = (database: Database.Database, configHashes: Iterable<string>): void => {
  const deletions = ['catalogs', 'eras'].map((table) =>
    database.prepare<[string]>(`DELETE FROM ${table} WHERE config_hash = ?`),
  );
  for (const configHash of configHashes) for (const deletion of deletions) deletion.run(configHash);
};
