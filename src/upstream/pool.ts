import type { HubConfig, UpstreamConfig } from '../config/hub-config.ts';
import type { UpstreamSet } from '../dispatch/call.ts';
import type { Answer, Question } from '../dispatch/question.ts';
import type { EventBus } from '../events/bus.ts';
import type { Implementation } from '../protocol/codec.ts';
import type { Era } from '../protocol/era.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import type { Valve } from '../utils/valve.ts';
import type { OpenAuth } from './auth/auth-opener.ts';
import type { GroupGuard } from './guard/group-guard.ts';
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

export interface UpstreamPool extends UpstreamSet {
  get(name: string): Upstream | undefined;
  /** Stops all of them at the same time; resolves when none is alive. */
  stop(): Promise<void>;
}

/** Makes the upstreams that are switched on. None is started. */
export const createUpstreamPool = (options: UpstreamPoolOptions): UpstreamPool => {
  const { config, env, openGuard, openAuth } = options;
  const upstreams = new Map(
    config.upstreams.filter(({ enabled }) => enabled).map((upstream) => [upstream.name, createUpstream(upstream)]),
  );

  function createUpstream(upstream: UpstreamConfig): Upstream {
    return new Upstream({
      config: upstream,
      bus: options.bus,
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
    });
  }

  return {
    names: [...upstreams.keys()],
    get: (name) => upstreams.get(name),
    stop: async () => void (await Promise.allSettled([...upstreams.values()].map((upstream) => upstream.stop()))),
  };
};
