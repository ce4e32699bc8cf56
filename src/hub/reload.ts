import type { HubConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { Breaker } from '../resilience/breaker.ts';
import type { Pauses } from '../resilience/pause.ts';
import type { CallLog } from '../store/call-log.ts';
import { compareConfigs } from './config-change.ts';
import type { KeptCatalogs } from './kept-catalogs.ts';
import type { LiveConfig } from './live-config.ts';
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
  const follow = (before: HubConfig, reason: string, restart: ReadonlySet<string> = new Set()): void => {
    const { later, ...change } = compareConfigs(before, live.config);
    const replaced = [...new Set([...change.replaced, ...restart])];
    kept?.apply(live.config.upstreams);
    log?.redactAlso(live.config.secrets?.patterns() ?? []);
    views.apply(restart);
    for (const name of [...change.added, ...replaced, ...change.adjusted]) breaker.forget(name);
    for (const name of replaced) pauses.forget(name);
    bus.emit({ type: 'hub.reloaded', reason, ...change, replaced, at: Date.now() });
    const message = `the configuration has changed in ${later.join(', ')}, which counts from the next start of the hub on`;
    if (later.length > 0) bus.emit({ type: 'problem', message, at: Date.now() });
  };
  /** All of it follows or nothing: where something cannot, everything goes back to the configuration before. */
  const followOrGoBack = (change: () => () => void, reason: string): void => {
    const before = live.config;
    const takeBack = change();
    try {
      follow(before, reason);
    } catch (error) {
      const failed = live.config;
      takeBack();
      goBack(failed);
      throw notInEffect(error);
    }
  };
  const goBack = (failed: HubConfig): void => {
    try {
      follow(failed, 'the configuration before counts again');
    } catch (error) {
      const { message } = HubError.from(error);
      const told = `the configuration before could not be put back in all its parts, which a restart of the hub does: ${message}`;
      bus.emit({ type: 'problem', message: told, at: Date.now() });
    }
  };
  const switchTo = (name: string, isOn: boolean, reason: string): void =>
    followOrGoBack(() => live.switch(name, isOn), reason);

  return {
    reload: (config) => followOrGoBack(() => live.read(config), 'the configuration was read again'),
    restart(name) {
      if (!live.config.upstreams.some((upstream) => upstream.name === name && upstream.enabled))
        throw notOn(live, name);
      follow(live.config, `${name} is started anew`, new Set([name]));
    },
    disable: (name) => switchTo(name, false, `${name} was switched off`),
    enable: (name) => switchTo(name, true, `${name} was switched on`),
  };
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
