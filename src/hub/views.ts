import { Catalog } from '../catalog/catalog.ts';
import { toolDefinitionBytes } from '../catalog/definition-bytes.ts';
import type { ExposureRules } from '../catalog/merge.ts';
import type { OfferMemory } from '../catalog/offer-memory.ts';
import type { UpstreamListing } from '../catalog/upstream-listing.ts';
import type { HubConfig, UpstreamConfig } from '../config/hub-config.ts';
import type { ClientContext } from '../dispatch/call.ts';
import type { Answer, Question } from '../dispatch/question.ts';
import type { EventBus } from '../events/bus.ts';
import type { UpstreamListed } from '../events/events.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ListKind } from '../protocol/methods.ts';
import { capabilityProfile } from '../relay/client-capabilities.ts';
import { createView, type View } from '../relay/view.ts';
import { compileNameFilter } from '../router/name-filter.ts';
import { createRouter, type Router } from '../router/router.ts';
import type { UpstreamPool } from '../upstream/pool.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { connectEager, startEagerly } from './eager-start.ts';
import type { Step } from './step.ts';

export interface ViewsOptions {
  /** The configuration as it is now. */
  readonly configOf: () => HubConfig;
  readonly bus: EventBus;
  /** Makes the upstreams to which these capabilities are declared. */
  readonly createPool: (
    capabilities: JsonObject,
    answer: (question: Question, withdrawn: CancelSignal) => Promise<Answer>,
  ) => UpstreamPool;
  /** What is known from earlier runs; default: nothing. */
  readonly memoryFor?: (capabilities: JsonObject) => OfferMemory;
}

export interface HubView extends View {
  readonly upstreams: UpstreamPool;
  /** See `Views.prepare`. */
  prepare(restart?: ReadonlySet<string>): Step;
}

/**
 * The views of all clients. What a legacy upstream offers may depend on the capabilities that were declared to it, once,
 * when it was started; so clients with different capabilities get upstreams of their own, and each sees what it would
 * see directly.
 */
export interface Views {
  of(client: Pick<ClientContext, 'capabilities'>): HubView;
  /**
   * The configuration has changed: see `UpstreamPool.apply`. Calls under way, sessions and subscriptions go on.
   * @param restart upstreams that are replaced even where nothing of them has changed
   * @returns what has the views follow it, one after the other; nothing is changed before
   * @throws where the configuration cannot be followed
   */
  prepare(restart?: ReadonlySet<string>): readonly Step[];
  /** The upstreams of that name in all views. */
  upstreamsOf(name: string): readonly Upstream[];
  /** Stops all upstreams of all views. */
  close(): Promise<void>;
}

/** Further sets of capabilities share the upstreams to which nothing is declared. */
const MAX_VIEWS = 8;

export const createViews = (options: ViewsOptions): Views => {
  const views = new Map<string, HubView>();

  const open = (capabilities: JsonObject): HubView => {
    const profile = capabilityProfile(capabilities);
    const known = views.get(profile);
    if (known !== undefined) return known;
    if (views.size >= MAX_VIEWS && profile !== '{}') return open({});
    const view = createHubView(options, capabilities);
    views.set(profile, view);
    return view;
  };

  return {
    of: ({ capabilities }) => open(capabilities),
    prepare: (restart) => [...views.values()].map((view) => view.prepare(restart)),
    upstreamsOf: (name) => [...views.values()].flatMap(({ upstreams }) => upstreams.get(name) ?? []),
    async close() {
      await Promise.all(
        [...views.values()].map(({ catalog, upstreams }) => {
          catalog.close();
          return upstreams.stop();
        }),
      );
    },
  };
};

const createHubView = ({ configOf, bus, createPool, memoryFor }: ViewsOptions, capabilities: JsonObject): HubView => {
  const memory = memoryFor?.(capabilities);
  const upstreams = createPool(capabilities, (question, withdrawn) => answerUnattributed(view, question, withdrawn));
  let present = exposureOf(configOf());
  const router: Router = { routeOf: (subject, name) => present.router.routeOf(subject, name) };
  const isOffered = (name: string, tool: string): boolean => present.rules.get(name)?.isOffered('tools', tool) ?? true;
  let tellTools = createToolTelling(isOffered);
  const catalog = new Catalog({
    upstreams,
    rulesOf: (name) => present.rules.get(name) ?? NOTHING_SHOWN,
    get separator() {
      return configOf().separator;
    },
    get maxNameLength() {
      return configOf().maxNameLength;
    },
    get maxDefinitions() {
      return configOf().limits.tools;
    },
    get firstListMs() {
      return configOf().timeouts.firstListMs;
    },
    preferred: (subject, name) => router.routeOf(subject, name)?.row.to,
    ...(memory && { memory }),
    rereadsKnown: configOf().cacheRefresh !== 'off',
    onListed: (listing) => {
      const { upstream, counts, definitionBytes } = listing;
      bus.emit({
        type: 'upstream.listed',
        upstream,
        ...counts,
        definitionBytes,
        ...tellTools(listing),
        at: Date.now(),
      });
    },
    onProblem: (upstream, message) =>
      bus.emit({ type: 'problem', upstream, message: withName(upstream, message), at: Date.now() }),
  });
  const goOver = (exposure: Exposure, restart?: ReadonlySet<string>): void => {
    present = exposure;
    tellTools = createToolTelling(isOffered);
    catalog.apply(upstreams.apply(configOf(), restart));
    if (catalog.isWatched) connectEager(configOf(), upstreams);
  };
  const view: HubView = {
    ...createView({ upstreams, catalog, router }),
    upstreams,
    prepare(restart) {
      const [before, next] = [present, exposureOf(configOf())];
      return { apply: () => goOver(next, restart), undo: () => goOver(before) };
    },
  };
  startEagerly({ configOf, upstreams, view });
  return view;
};

type Exposure = ReturnType<typeof exposureOf>;

/** How upstreams are shown by a configuration. */
const exposureOf = ({ routes, upstreams }: HubConfig) => ({
  router: createRouter(routes),
  rules: new Map(upstreams.map((upstream) => [upstream.name, createRules(upstream)])),
});

/** Gives the offered tools of an upstream where they are others than when it was last asked; a listing comes with each list that is read. */
const createToolTelling = (isOffered: (upstream: string, tool: string) => boolean) => {
  const told = new Map<string, UpstreamListing['tools']>();
  return ({ upstream, tools }: UpstreamListing): Pick<UpstreamListed, 'toolBytes'> => {
    if (told.get(upstream) === tools) return {};
    told.set(upstream, tools);
    const offered = tools.filter(({ name }) => isOffered(upstream, name));
    return { toolBytes: offered.map((tool) => [tool.name, toolDefinitionBytes(tool)]) };
  };
};

/** The sentence with the upstream's name before it, where it does not begin with it. */
const withName = (upstream: string, message: string): string =>
  message.startsWith(`${upstream} `) ? message : `${upstream}: ${message}`;

/** A question that belongs to no call goes to the only session there is; else there are no roots, and nobody to ask. */
const answerUnattributed = async ({ sessions }: View, question: Question, withdrawn: CancelSignal): Promise<Answer> => {
  const [session, ...others] = sessions;
  if (session !== undefined && others.length === 0) return session.ask(question, withdrawn);
  if (question.method === 'roots/list') return { ok: true, result: { roots: [] } };
  return { ok: false, error: { code: NOBODY_TO_ASK, message: 'no call is under way whose client could be asked' } };
};

/** Outside the range of the specification. */
const NOBODY_TO_ASK = -31032;

const createRules = ({ prefix, rename, describe, tools, prompts, resources }: UpstreamConfig): ExposureRules => {
  const uris = compileNameFilter(resources);
  const filters: Readonly<Record<ListKind, (name: string) => boolean>> = {
    tools: compileNameFilter(tools),
    prompts: compileNameFilter(prompts),
    resources: uris,
    templates: uris,
  };
  return { prefix, rename, describe, isOffered: (kind, ownName) => filters[kind](ownName) };
};

/** Of an upstream that is not there any more. */
const NOTHING_SHOWN: ExposureRules = { prefix: '', rename: {}, describe: {}, isOffered: () => false };
