import type { HubConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { Breaker } from '../resilience/breaker.ts';
import type { Pauses } from '../resilience/pause.ts';
import type { CallLog } from '../store/call-log.ts';
import { type ConfigChange, compareConfigs } from './config-change.ts';
import type { KeptCatalogs } from './kept-catalogs.ts';
import type { LiveConfig } from './live-config.ts';
import type { Step } from './step.ts';
import type { Views } from './views.ts';

/** What can be changed of a hub while it serves. */
export interface Reload {
  /**
   * Another configuration counts from now on.
   * @throws HubError INTERNAL where something could not follow it; the one before counts then, as it does for the next three
   */
  reload(config: HubConfig): void;
  /** @throws HubError NOT_FOUND, as do the next two; UPSTREAM_UNAVAILABLE where it is switched off */
  restart(upstream: string): void;
  disable(upstream: string): void;
  enable(upstream: string): void;
}

export interface ReloadOptions {
  readonly live: LiveConfig;
  readonly bus: EventBus;
  readonly views: Views;
  readonly breaker: Breaker;
  readonly pauses: Pauses;
  readonly kept: KeptCatalogs | undefined;
  readonly log: CallLog | undefined;
}

/** Has everything that depends on the configuration follow it. */
export const createReload = ({ live, bus, views, breaker, pauses, kept, log }: ReloadOptions): Reload => {
  /** Nothing is changed before its steps are applied, but what is hidden in the log. */
  const prepare = (before: HubConfig, restart?: ReadonlySet<string>): Prepared => {
    const change = compareConfigs(before, live.config);
    const steps = [...(kept ? [kept.prepare(live.config.upstreams)] : []), ...views.prepare(restart)];
    log?.redactAlso(live.config.secrets?.patterns() ?? []);
    return { change: { ...change, replaced: [...new Set([...change.replaced, ...(restart ?? [])])] }, steps };
  };
  const announce = ({ added, removed, replaced, adjusted }: ConfigChange, reason: string): void =>
    bus.emit({ type: 'hub.reloaded', reason, added, removed, replaced, adjusted, at: Date.now() });
  const conclude = (change: ConfigChange, reason: string): void => {
    const { added, replaced, adjusted, later } = change;
    for (const name of [...added, ...replaced, ...adjusted]) breaker.forget(name);
    for (const name of replaced) pauses.forget(name);
    announce(change, reason);
    const message = `the configuration has changed in ${later.join(', ')}, which counts from the next start of the hub on`;
    if (later.length > 0) bus.emit({ type: 'problem', message, at: Date.now() });
  };
  /** All of it follows or nothing: where something cannot, what has followed already goes back to the configuration before. */
  const followOrGoBack = (change: () => () => void, reason: string): void => {
    const before = live.config;
    const takeBack = change();
    const begun: Step[] = [];
    let prepared: Prepared;
    try {
      prepared = prepare(before);
      for (const step of prepared.steps) {
        begun.push(step);
        step.apply();
      }
    } catch (error) {
      const failed = live.config;
      takeBack();
      if (begun.length > 0) goBack(begun, failed);
      throw notInEffect(error);
    }
    conclude(prepared.change, reason);
  };
  /** What is known of the upstreams' failures stays: they are what they were. */
  const goBack = (begun: readonly Step[], failed: HubConfig): void => {
    const problems = begun.flatMap(problemOfUndoing);
    if (problems.length === 0) {
      announce(compareConfigs(failed, live.config), 'the configuration before counts again');
      return;
    }
    const told = `the configuration before could not be put back in all its parts, which a restart of the hub does: ${problems.join('; ')}`;
    bus.emit({ type: 'problem', message: told, at: Date.now() });
  };
  const switchTo = (name: string, isOn: boolean, reason: string): void =>
    followOrGoBack(() => live.switch(name, isOn), reason);

  return {
    reload: (config) => followOrGoBack(() => live.read(config), 'the configuration was read again'),
    restart(name) {
      if (!live.config.upstreams.some((upstream) => upstream.name === name && upstream.enabled))
        throw notOn(live, name);
      const { change, steps } = prepare(live.config, new Set([name]));
      for (const step of steps) step.apply();
      conclude(change, `${name} is started anew`);
    },
    disable: (name) => switchTo(name, false, `${name} was switched off`),
    enable: (name) => switchTo(name, true, `${name} was switched on`),
  };
};

interface Prepared {
  readonly change: ConfigChange;
  readonly steps: readonly Step[];
}

const problemOfUndoing = (step: Step): string[] => {
  try {
    step.undo();
    return [];
  } catch (error) {
    return [HubError.from(error).message];
  }
};

const notInEffect = (cause: unknown): HubError => {
  const { message } = HubError.from(cause);
  return new HubError('INTERNAL', `the configuration could not be put into effect: ${message}`, { cause });
};

/** @throws HubError NOT_FOUND where there is none of that name */
const notOn = (live: LiveConfig, name: string): HubError => {
  live.settingsOf(name);
  return new HubError('UPSTREAM_UNAVAILABLE', `${name} is not started anew: it is switched off`, {
    upstream: name,
    hint: 'enable it first',
  });
};
