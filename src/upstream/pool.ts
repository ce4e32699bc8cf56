import type { HubConfig, UpstreamConfig } from '../config/hub-config.ts';
import type { UpstreamHandle, UpstreamSet } from '../dispatch/call.ts';
import type { Answer, Question } from '../dispatch/question.ts';
import type { EventBus } from '../events/bus.ts';
import type { Implementation } from '../protocol/codec.ts';
import type { Era } from '../protocol/era.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import type { Valve } from '../utils/valve.ts';
import type { OpenAuth } from './auth/auth-opener.ts';
import type { GroupGuard } from './guard/group-guard.ts';
import { identityOf } from './identity.ts';
import { createLineage, type Lineage } from './lineage.ts';
import { createTransport } from './transport/create-transport.ts';
import { Upstream } from './upstream.ts';

export interface UpstreamPoolOptions {
  readonly config: HubConfig;
  readonly bus: EventBus;
  /** The hub's own environment, of which upstreams get a small safe part. */
  readonly env: NodeJS.ProcessEnv;
  readonly clientInfo: Implementation;
  /** What is declared to legacy upstreams. */
  readonly capabilities: JsonObject;
  /** Answers a question of an upstream that belongs to no call. */
  readonly answerUnattributed: (question: Question, withdrawn: CancelSignal) => Promise<Answer>;
  readonly readEraVerdict: (configHash: string) => Promise<Era | undefined>;
  /** Holds up what connected upstreams say. */
  readonly valve: Valve;
  /** What watches over processes; default: nothing. */
  readonly openGuard?: () => Promise<GroupGuard>;
  /** What HTTP upstreams are logged in with; default: nothing. */
  readonly openAuth?: OpenAuth;
}

/** What another configuration has made of the upstreams. */
export interface PoolChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Those that are others now under the same name, and whether the one before was running. */
  readonly replaced: ReadonlyMap<string, { readonly wasRunning: boolean }>;
}

export interface UpstreamPool extends UpstreamSet {
  get(name: string): Upstream | undefined;
  /**
   * Goes over to another configuration. An upstream that is the same as before keeps its process and its calls, and takes its
   * other settings as they are now; one that differs in what makes it this server gives its place to another, which is not
   * started yet, and ends when its calls have, at most after `hub.timeouts.graceMs`; so does one that is gone.
   * @param restart upstreams that are replaced even where nothing of them has changed
   */
  apply(config: HubConfig, restart?: ReadonlySet<string>): PoolChange;
  /** Stops all of them at the same time; resolves when none is alive. */
  stop(): Promise<void>;
}

/** An upstream, and what it is now. */
interface Member {
  readonly upstream: Upstream;
  config: UpstreamConfig;
}

/** Makes the upstreams that are switched on. None is started. */
export const createUpstreamPool = (options: UpstreamPoolOptions): UpstreamPool => {
  const { env, openGuard, openAuth, bus } = options;
  let { config } = options;
  let members = new Map<string, Member>();
  const lineages = new Map<string, Lineage>();
  const newcomers = new Set<(handle: UpstreamHandle) => void>();
  /** Those that leave, each with its end, as long as they do. */
  const leaving = new Map<Upstream, Promise<void>>();
  const envelope = { clientInfo: options.clientInfo, clientCapabilities: options.capabilities };

  const lineageOf = (name: string, first: UpstreamConfig): Lineage => {
    const known = lineages.get(name);
    if (known !== undefined) return known;
    const lineage = createLineage({ bus, envelope, configOf: () => members.get(name)?.config ?? first });
    lineages.set(name, lineage);
    return lineage;
  };

  const create = (upstream: UpstreamConfig, after?: Promise<unknown>): Member => {
    const member = { config: upstream } as { upstream: Upstream; config: UpstreamConfig };
    member.upstream = new Upstream({
      get config() {
        return member.config;
      },
      bus,
      createTransport: (settings, kind) =>
        createTransport({
          config: settings,
          limits: config.limits,
          env,
          kind,
          openGuard,
          openAuth,
          hide: config.secrets?.hide,
        }),
      readEraVerdict: options.readEraVerdict,
      valve: options.valve,
      answerUnattributed: options.answerUnattributed,
      clientInfo: options.clientInfo,
      capabilities: options.capabilities,
      lineage: lineageOf(upstream.name, upstream),
      ...(after && { after }),
    });
    return member;
  };

  const leave = ({ upstream }: Member, reason: string, successor?: Upstream): Promise<void> => {
    const end = upstream
      .retire({ graceMs: config.timeouts.graceMs, reason, ...(successor && { successor }) })
      .finally(() => leaving.delete(upstream));
    leaving.set(upstream, end);
    return end;
  };

  /** The end of those of that name that leave and have no calls: one that has is not waited for. Undefined where there is none. */
  const endOfEarlier = (name: string): Promise<unknown> | undefined => {
    const ends = [...leaving].filter(([upstream]) => upstream.name === name && upstream.pending === 0);
    return ends.length === 0 ? undefined : Promise.allSettled(ends.map(([, end]) => end));
  };

  const isOn = ({ enabled }: UpstreamConfig): boolean => enabled;

  members = new Map(config.upstreams.filter(isOn).map((upstream) => [upstream.name, create(upstream)]));

  const replace = (name: string, before: Member, now: UpstreamConfig, reason: string): Member => {
    const lineage = lineageOf(name, now);
    const ended = Promise.withResolvers<unknown>();
    const member = create(now, ended.promise);
    void leave(before, reason, member.upstream);
    ended.resolve(endOfEarlier(name));
    lineage.lifecycle.move('idle', reason);
    return member;
  };

  const apply: UpstreamPool['apply'] = (next, restart = new Set()) => {
    const before = members;
    // What could fail is done before anything is changed.
    const wanted = next.upstreams.filter(isOn).map((upstream) => {
      const known = before.get(upstream.name);
      return { upstream, known, isOther: known !== undefined && identityOf(known.config) !== identityOf(upstream) };
    });
    config = next;
    const added: string[] = [];
    const replaced = new Map<string, { readonly wasRunning: boolean }>();
    members = new Map();
    for (const { upstream, known, isOther } of wanted) {
      const { name } = upstream;
      if (known === undefined) {
        const isNew = !lineages.has(name);
        const member = create(upstream, endOfEarlier(name));
        members.set(name, member);
        added.push(name);
        if (isNew) for (const listener of newcomers) listener(member.upstream);
        else lineageOf(name, upstream).lifecycle.move('idle', 'it is configured again');
      } else if (restart.has(name) || isOther) {
        replaced.set(name, { wasRunning: known.upstream.isRunning() });
        const reason = restart.has(name) ? 'it is to be started anew' : 'its configuration has changed';
        members.set(name, replace(name, known, upstream, reason));
      } else {
        members.set(name, known);
        known.config = upstream;
        known.upstream.applyOptions();
      }
    }
    const removed = [...before.keys()].filter((name) => !members.has(name));
    for (const name of removed) {
      const isDisabled = next.upstreams.some((upstream) => upstream.name === name);
      const reason = isDisabled ? 'it was switched off' : 'it was taken out of the configuration';
      const member = before.get(name) as Member;
      void leave(member, reason);
      lineages.get(name)?.lifecycle.move(isDisabled ? 'disabled' : 'stopped', reason);
    }
    return { added, removed, replaced };
  };

  return {
    get names() {
      return [...members.keys()];
    },
    get: (name) => members.get(name)?.upstream,
    onAdded: (listener) => void newcomers.add(listener),
    apply,
    async stop() {
      const present = [...members.values()].map(({ upstream }) => upstream);
      await Promise.allSettled([...present, ...leaving.keys()].map((upstream) => upstream.stop()));
    },
  };
};
