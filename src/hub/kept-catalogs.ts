import type { KnownOffer, OfferMemory, RecalledOffer } from '../catalog/offer-memory.ts';
import { packList, unpackList } from '../catalog/packed-list.ts';
import type { OwnDefinition } from '../catalog/read-list.ts';
import type { UpstreamConfig } from '../config/hub-config.ts';
import type { UpstreamIdentity } from '../dispatch/call.ts';
import type { EventBus } from '../events/bus.ts';
import type { Era } from '../protocol/era.ts';
import type { JsonObject } from '../protocol/json.ts';
import { LIST_KINDS, type ListKind } from '../protocol/methods.ts';
import { capabilityProfile } from '../relay/client-capabilities.ts';
import type { CacheConnection, CacheDatabase } from '../store/cache-database.ts';
import {
  type CatalogKey,
  confirmCatalog,
  deleteCatalog,
  putCatalog,
  putEraVerdict,
  readEraVerdict,
  readIdentities,
  readLists,
  type StoredLists,
} from '../store/catalog-cache.ts';
import { offerKey } from './offer-key.ts';
import type { Step } from './step.ts';

/** What the hub knows of its upstreams from earlier runs, and keeps for later ones. */
export interface KeptCatalogs {
  /** The part for clients with these capabilities. */
  memoryFor(capabilities: JsonObject): OfferMemory;
  /** The era that was last found, while the verdict is fresh enough to be trusted. */
  eraOf(configHash: string): Era | undefined;
  /** The configuration is another one now: what has the memory follow it. */
  prepare(upstreams: readonly UpstreamConfig[]): Step;
  /** Resolves when everything is written. */
  flush(): Promise<void>;
}

/** A verdict on an upstream's era is asked for again after this long. */
const VERDICT_AGE_MS = 7 * 24 * 60 * 60 * 1000;

/** That an offer is as it was is written so often at most. */
const CONFIRM_EVERY_MS = 10 * 60 * 1000;

/**
 * The lists of an upstream that are longer together are read anew by each hub. Writing so much holds up calls for some tens
 * of milliseconds, once.
 */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

type Change = (database: CacheConnection) => void;

export const createKeptCatalogs = (
  upstreams: readonly UpstreamConfig[],
  cache: CacheDatabase,
  bus: EventBus,
): KeptCatalogs => {
  let keys = keysOf(upstreams);
  const changes: Change[] = [];
  let writing: Promise<void> | undefined;

  /** What comes in one turn of the event loop is written together, after it. */
  const write = async (): Promise<void> => {
    while (changes.length > 0) {
      await new Promise(setImmediate);
      const batch = changes.splice(0);
      await cache.write((database) => {
        for (const change of batch) change(database);
      });
    }
  };
  const writeSoon = (): void => {
    writing ??= write().finally(() => {
      writing = undefined;
      if (changes.length > 0) writeSoon();
    });
  };
  const enqueue = (change: Change): void => {
    changes.push(change);
    writeSoon();
  };

  bus.listenTo(['upstream.era'], (event) => {
    const { upstream, configHash, era, at } = event;
    enqueue((database) => putEraVerdict(database, upstream, configHash, { era, at }));
  });

  return {
    memoryFor(capabilities) {
      const profile = capabilityProfile(capabilities);
      const keysThen = keys;
      const names = [...keys.keys()];
      const catalogKeys = [...keys.values()].map((configHash) => ({ configHash, profile }));
      const identities = readIdentities(cache, catalogKeys);
      const known = new Map(names.map((name, index) => [name, identities[index]]));
      let lists: ReadonlyMap<string, StoredLists | undefined> | undefined;
      /** All are read at once, by the first who asks for one. */
      const listsOf = (name: string): StoredLists | undefined => {
        if (lists === undefined) {
          const stored = readLists(cache, catalogKeys);
          lists = new Map(names.map((each, index) => [each, stored[index]]));
        }
        return lists.get(name);
      };
      const confirmedAt = new Map<string, number>();
      return {
        recall(name) {
          const configHash = keys.get(name) ?? '';
          if (configHash === keysThen.get(name)) return recallOffer(known.get(name)?.identity, () => listsOf(name));
          const key = { configHash, profile };
          return recallOffer(readIdentities(cache, [key])[0]?.identity, () => readLists(cache, [key])[0]);
        },
        keep(name, offer, isNew) {
          const configHash = keys.get(name) ?? '';
          const key: CatalogKey = { configHash, profile };
          const now = Date.now();
          const before = confirmedAt.get(configHash) ?? known.get(name)?.checkedAt ?? 0;
          if (isNew) enqueue((database) => replace(database, name, key, offer, now));
          else if (now - before >= CONFIRM_EVERY_MS) enqueue((database) => confirmCatalog(database, key, now));
          else return;
          confirmedAt.set(configHash, now);
        },
      };
    },
    eraOf(configHash) {
      const verdict = readEraVerdict(cache, configHash);
      const isFresh = verdict !== undefined && Date.now() - verdict.at < VERDICT_AGE_MS;
      return isFresh && (verdict.era === 'legacy' || verdict.era === 'modern') ? verdict.era : undefined;
    },
    prepare(present) {
      const [before, next] = [keys, keysOf(present)];
      return {
        apply() {
          keys = next;
        },
        undo() {
          keys = before;
        },
      };
    },
    async flush() {
      while (writing !== undefined) await writing;
    },
  };
};

const keysOf = (upstreams: readonly UpstreamConfig[]): ReadonlyMap<string, string> =>
  new Map(upstreams.map((upstream) => [upstream.name, offerKey(upstream)]));

const replace = (
  database: CacheConnection,
  upstream: string,
  key: CatalogKey,
  { identity, lists }: KnownOffer,
  checkedAt: number,
): void => {
  if (LIST_KINDS.reduce((sum, kind) => sum + bytesOf(lists[kind]), 0) > MAX_KEPT_BYTES) {
    deleteCatalog(database, key);
    return;
  }
  const packed = Object.fromEntries(LIST_KINDS.map((kind) => [kind, packList(lists[kind])]));
  putCatalog(database, key, {
    ...(packed as Record<ListKind, Buffer>),
    upstream,
    identity: JSON.stringify(identity),
    checkedAt,
  });
};

const bytesOf = (definitions: readonly OwnDefinition[]): number =>
  definitions.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** Undefined where it cannot be read: then the upstream counts as never seen. */
const recallOffer = (stored: string | undefined, lists: () => StoredLists | undefined): RecalledOffer | undefined => {
  if (stored === undefined) return undefined;
  try {
    const { instructions, ...identity } = JSON.parse(stored) as UpstreamIdentity;
    return {
      identity: { ...identity, instructions },
      list(kind) {
        const packed = lists()?.[kind];
        return packed && unpackList(packed);
      },
    };
  } catch {
    return undefined;
  }
};
