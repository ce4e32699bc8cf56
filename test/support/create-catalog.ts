import { Catalog, type CatalogOptions } from '../../src/catalog/catalog.ts';
import type { ExposureRules } from '../../src/catalog/merge.ts';
import type { UpstreamListing } from '../../src/catalog/upstream-listing.ts';
import type { UpstreamHandle } from '../../src/dispatch/call.ts';
import type { ListKind } from '../../src/protocol/methods.ts';
import { upstreamSet } from './fake-upstream.ts';

export interface CatalogUnderTest {
  readonly catalog: Catalog;
  readonly listed: UpstreamListing[];
  readonly problems: string[];
  /** Every announcement, with its kinds in order. */
  readonly announced: ListKind[][];
  namesOf(kind: ListKind): string[];
}

/** A catalog of upstreams, each under its own name as prefix, with everything kept that it tells. */
export const createCatalog = (
  upstreams: readonly UpstreamHandle[],
  {
    rules = {},
    ...over
  }: Partial<CatalogOptions> & { readonly rules?: Readonly<Record<string, Partial<ExposureRules>>> } = {},
): CatalogUnderTest => {
  const listed: UpstreamListing[] = [];
  const problems: string[] = [];
  const announced: ListKind[][] = [];
  const catalog = new Catalog({
    upstreams: upstreamSet(...upstreams),
    rulesOf: (upstream) => ({ prefix: upstream, rename: {}, describe: {}, isOffered: () => true, ...rules[upstream] }),
    separator: '__',
    maxNameLength: 54,
    preferred: () => undefined,
    maxDefinitions: 100,
    firstListMs: 5000,
    onListed: (listing) => listed.push(listing),
    onProblem: (upstream, message) => problems.push(`${upstream}: ${message}`),
    ...over,
  });
  catalog.onChanged((kinds) => announced.push([...kinds].sort()));
  return {
    catalog,
    listed,
    problems,
    announced,
    namesOf: (kind) => catalog.list(kind).entries.map(({ listedName }) => listedName),
  };
};

/** Lets everything that is ready to run run: promises, and what was put off to the next turns of the event loop. */
export const settle = async (turns = 5): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
