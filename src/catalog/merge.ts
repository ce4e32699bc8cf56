import type { JsonObject } from '../protocol/json.ts';
import { spliceMembers } from '../protocol/json-bytes.ts';
import { LISTS, type ListKind, type Subject } from '../protocol/methods.ts';
import { toHubUri, toVerbatimHubUri } from './hub-uri.ts';
import { renameLinkedUris } from './linked-uris.ts';
import { isSafeName, qualify, shorten } from './qualify.ts';
import type { OwnDefinition } from './read-list.ts';
import type { UriNaming } from './uri-naming.ts';

/** How one upstream's offers are shown. */
export interface ExposureRules {
  readonly prefix: string;
  readonly rename: Readonly<Record<string, string>>;
  readonly describe: Readonly<Record<string, string>>;
  /** Whether the configuration lets a name or URI of the upstream through. */
  readonly isOffered: (kind: ListKind, ownName: string) => boolean;
}

export interface MergeOptions {
  readonly separator: string;
  readonly maxNameLength: number;
  /** Upstreams in the order of preference that a route gives for a name without prefix, or for a URI. */
  readonly preferred: (subject: Subject, name: string) => readonly string[] | undefined;
  /** How the URIs are offered that tools of an upstream name. Default: as they are. */
  readonly namingOf?: (upstream: string) => UriNaming | undefined;
}

/** One tool, prompt, resource or template of the merged list. */
export interface Entry {
  readonly upstream: string;
  readonly ownName: string;
  /** The name that always reaches it. */
  readonly qualifiedName: string;
  /** The name, URI or template that clients see: the qualified one, or a shorter one that a route gives it. */
  readonly listedName: string;
  /** The definition with that name in it. */
  readonly bytes: Buffer;
  /** As its upstream wrote it; may be parsed only now. */
  readonly value: JsonObject;
}

export interface MergedList {
  readonly entries: readonly Entry[];
  /** Every name that reaches an entry: the listed one, and the qualified one where a route shows it without prefix. */
  readonly byName: ReadonlyMap<string, Entry>;
  /** One sentence for each name that had to be changed, with its upstream. */
  readonly problems: ReadonlyArray<{ readonly upstream: string; readonly message: string }>;
}

/** What one upstream offers of a kind, in the order of the configuration. */
export interface Source {
  readonly upstream: string;
  readonly rules: ExposureRules;
  readonly definitions: readonly OwnDefinition[];
}

interface Claim {
  readonly source: Source;
  readonly definition: OwnDefinition;
  /** The own name after `rename`. */
  readonly baseName: string;
  /** The name that always works. */
  readonly name: string;
}

/** Merges the lists of all upstreams of one kind. No definition is dropped for its name, and no name depends on chance. */
export const mergeLists = (kind: ListKind, sources: readonly Source[], options: MergeOptions): MergedList => {
  const problems: Array<{ upstream: string; message: string }> = [];
  const offered = sources.flatMap((source) =>
    source.definitions
      .filter(({ name }) => source.rules.isOffered(kind, name))
      .map((definition) => ({ source, definition })),
  );
  const isNamed = kind === 'tools' || kind === 'prompts';
  const claims = isNamed ? claimNames(offered, options, problems) : claimUris(kind, offered, options);
  const bare = isNamed
    ? chooseBareNames(kind === 'tools' ? 'tool' : 'prompt', claims, options)
    : new Map<Claim, string>();
  const byName = new Map<string, Entry>();
  const entries = claims.map((claim) => {
    const entry = createEntry(kind, claim, bare.get(claim) ?? claim.name, options);
    byName.set(claim.name, entry);
    byName.set(entry.listedName, entry);
    return entry;
  });
  return { entries, byName, problems };
};

/** Whether clients see the same in both. */
export const isSameList = ({ entries: before }: MergedList, { entries: now }: MergedList): boolean =>
  before.length === now.length &&
  before.every(({ upstream, bytes }, index) => upstream === now[index]?.upstream && bytes.equals(now[index].bytes));

type Offered = Pick<Claim, 'source' | 'definition'>;

const claimNames = (
  offered: readonly Offered[],
  { separator, maxNameLength }: MergeOptions,
  problems: Array<{ upstream: string; message: string }>,
): Claim[] => {
  const taken = new Set<string>();
  return offered.map(({ source, definition }) => {
    const { upstream, rules } = source;
    const baseName = Object.hasOwn(rules.rename, definition.name)
      ? (rules.rename[definition.name] as string)
      : definition.name;
    const naming = { upstream, prefix: rules.prefix, separator, maxLength: maxNameLength };
    const plain = rules.prefix === '' ? baseName : `${rules.prefix}${separator}${baseName}`;
    const name = firstFree(qualify(baseName, naming), taken, (salt) =>
      shorten(plain, `${definition.name}${salt}`, naming),
    );
    if (name !== plain)
      problems.push({ upstream, message: describeChange(definition.name, plain, name, taken.has(plain)) });
    taken.add(name);
    return { source, definition, baseName, name };
  });
};

/** The name that is wanted, else the first of its shortened forms that nobody has. */
const firstFree = (wanted: string, taken: ReadonlySet<string>, shortened: (salt: string) => string): string => {
  let name = wanted;
  for (let attempt = 0; taken.has(name); attempt += 1) name = shortened('\0'.repeat(attempt));
  return name;
};

const describeChange = (ownName: string, plain: string, name: string, isTaken: boolean): string => {
  const why = isTaken
    ? `${JSON.stringify(plain)} belongs to another upstream`
    : `${JSON.stringify(plain.slice(0, 100))} is too long or has characters that clients refuse`;
  return `${JSON.stringify(ownName.slice(0, 100))} is offered as ${name}: ${why}`;
};

/** A URI belongs to the upstream that a route prefers, else to the first in the configuration's order. */
const claimUris = (kind: ListKind, offered: readonly Offered[], { preferred }: MergeOptions): Claim[] => {
  const toHub = kind === 'templates' ? toVerbatimHubUri : toHubUri;
  const owners = new Map<string, string>();
  for (const { source, definition } of offered) {
    const owner = owners.get(definition.name);
    const ranks = preferred('resource', definition.name) ?? [];
    if (owner === undefined || isBefore(ranks, source.upstream, owner)) owners.set(definition.name, source.upstream);
  }
  return offered.map(({ source, definition }) => {
    const uri = definition.name;
    const name = owners.get(uri) === source.upstream ? uri : toHub(source.rules.prefix || source.upstream, uri);
    return { source, definition, baseName: uri, name };
  });
};

const isBefore = (ranks: readonly string[], upstream: string, other: string): boolean => {
  const rank = ranks.indexOf(upstream);
  const otherRank = ranks.indexOf(other);
  return rank !== -1 && (otherRank === -1 || rank < otherRank);
};

/** Names that routes show without prefix. A qualified name of somebody else is never taken. */
const chooseBareNames = (
  subject: Subject,
  claims: readonly Claim[],
  { preferred, maxNameLength }: MergeOptions,
): Map<Claim, string> => {
  const qualified = new Set(claims.map(({ name }) => name));
  const winners = new Map<string, Claim>();
  for (const claim of claims) {
    const ranks = preferred(subject, claim.baseName);
    const { upstream } = claim.source;
    if (!ranks?.includes(upstream) || qualified.has(claim.baseName) || !isSafeName(claim.baseName, maxNameLength))
      continue;
    const winner = winners.get(claim.baseName);
    if (winner === undefined || isBefore(ranks, upstream, winner.source.upstream)) winners.set(claim.baseName, claim);
  }
  return new Map([...winners].map(([name, claim]) => [claim, name]));
};

const createEntry = (kind: ListKind, claim: Claim, listedName: string, { namingOf }: MergeOptions): Entry => {
  const { source, definition, name: qualifiedName } = claim;
  const { nameMember } = LISTS[kind];
  const { describe } = source.rules;
  const description = Object.hasOwn(describe, definition.name) ? describe[definition.name] : undefined;
  const changes: Record<string, string> = {};
  if (listedName !== definition.name) changes[nameMember] = JSON.stringify(listedName);
  if (description !== undefined) changes['description'] = JSON.stringify(description);
  const isChanged = Object.keys(changes).length > 0;
  const bytes = isChanged ? spliceMembers(definition.bytes, changes) : definition.bytes;
  const naming = kind === 'tools' && definition.linkedUris.length > 0 ? namingOf?.(source.upstream) : undefined;
  return {
    upstream: source.upstream,
    ownName: definition.name,
    qualifiedName,
    listedName,
    bytes: (naming && renameLinkedUris(bytes, definition.value, naming)) ?? bytes,
    get value() {
      return definition.value;
    },
  };
};
