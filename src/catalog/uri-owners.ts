import type { JsonObject } from '../protocol/json.ts';
import type { ListKind } from '../protocol/methods.ts';
import { createLearnedUris } from './learned-uris.ts';
import { linkersOfUris } from './linked-uris.ts';
import type { Entry, MergedList, Source } from './merge.ts';
import { createUriNamings, type UriNaming } from './uri-naming.ts';
import { compileUriTemplate, type UriMatcher } from './uri-template.ts';

export interface UriOwnersOptions {
  /** The merged list as it is now. */
  readonly list: (kind: ListKind) => MergedList;
  /** The tools of all upstreams as they are now. */
  readonly tools: () => readonly Source[];
  /** The first upstream that is preferred for a URI and is there. */
  readonly preferred: (uri: string) => string | undefined;
  readonly prefixOf: (upstream: string) => string | undefined;
}

/** Whose a URI is that no list of resources names, and how the URIs of each upstream are offered. */
export class UriOwners {
  readonly #options: UriOwnersOptions;
  readonly #learned = createLearnedUris();
  #matchers: { readonly list: MergedList; readonly all: ReadonlyArray<readonly [UriMatcher, Entry]> } | undefined;
  #namings: ReadonlyMap<string, UriNaming> | undefined;
  #linkers: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor(options: UriOwnersOptions) {
    this.#options = options;
  }

  /** The entry of a URI that a template covers. */
  matchTemplate(uri: string): Entry | undefined {
    const list = this.#options.list('templates');
    if (this.#matchers?.list !== list) {
      this.#matchers = { list, all: list.entries.map((entry) => [compileUriTemplate(entry.ownName), entry]) };
    }
    return this.#matchers.all.find(([matches]) => matches(uri))?.[1];
  }

  /** How the URIs of an upstream are offered; undefined where each is offered as it is. */
  namingOf(upstream: string): UriNaming | undefined {
    const { list, prefixOf } = this.#options;
    this.#namings ??= createUriNamings({
      resources: list('resources'),
      templates: list('templates'),
      linkers: this.linkers(),
      ownerOfLinked: (uri) => this.#ownerOfLinked(uri),
      prefixOf: (name) => prefixOf(name) || name,
    });
    return this.#namings.get(upstream);
  }

  /** The upstreams whose tools name a URI as their user interface, by URI. */
  linkers(): ReadonlyMap<string, ReadonlySet<string>> {
    this.#linkers ??= linkersOfUris(this.#options.tools());
    return this.#linkers;
  }

  /** The first upstream that has a tool which names this URI as its user interface. */
  linkedOwner(uri: string): string | undefined {
    return [...(this.linkers().get(uri) ?? [])][0];
  }

  /** Remembers the URIs that a result of an upstream names, so that they can be read afterwards. */
  learn(upstream: string, result: JsonObject): void {
    this.#learned.learn(upstream, result);
  }

  /** The upstream whose result named this URI. */
  learnedOwner(uri: string): string | undefined {
    return this.#learned.ownerOf(uri);
  }

  /** What the results of an upstream named is forgotten. */
  forgetLearned(upstream: string): void {
    this.#learned.forget(upstream);
  }

  /** What was made of a list is made anew; default: of all. */
  forget(kind?: ListKind): void {
    this.#namings = undefined;
    if (kind === undefined) this.#matchers = undefined;
    if (kind === undefined || kind === 'tools') this.#linkers = undefined;
  }

  /** Where a URI goes that only tools name, in the order in which the owner of any URI is looked for. */
  #ownerOfLinked(uri: string): string | undefined {
    const listed = this.#options.list('resources').byName.get(uri)?.upstream;
    return listed ?? this.#options.preferred(uri) ?? this.matchTemplate(uri)?.upstream ?? this.linkedOwner(uri);
  }
}
