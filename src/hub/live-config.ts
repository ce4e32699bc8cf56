import type { HubConfig, UpstreamConfig } from '../config/hub-config.ts';
import { HubError } from '../errors/hub-error.ts';

/** The configuration as it counts now: the one that was last read, with what was switched on and off since. */
export interface LiveConfig {
  readonly config: HubConfig;
  /**
   * The settings of an upstream, also of one that is gone: calls of it may still be under way.
   * @throws HubError NOT_FOUND
   */
  settingsOf(name: string): UpstreamConfig;
  /** The text without the secrets of this configuration and of those before it. */
  hide(text: string): string;
  /** Another one was read. What was switched by hand stays so until the file itself says otherwise than before. */
  read(config: HubConfig): void;
  /**
   * Switches an upstream on or off, for as long as the hub runs.
   * @throws HubError NOT_FOUND
   */
  switch(name: string, isOn: boolean): void;
}

export const createLiveConfig = (first: HubConfig): LiveConfig => {
  const switched = new Map<string, boolean>();
  const settings = new Map<string, UpstreamConfig>();
  /** Of all configurations: upstreams of earlier ones may still say theirs. */
  const secrets = new Set<NonNullable<HubConfig['secrets']>>();
  let file = first;
  let config = first;

  const settle = (): void => {
    const upstreams = file.upstreams.map((upstream) => {
      const enabled = switched.get(upstream.name) ?? upstream.enabled;
      return enabled === upstream.enabled ? upstream : { ...upstream, enabled };
    });
    config = switched.size === 0 ? file : { ...file, upstreams };
    for (const upstream of config.upstreams) settings.set(upstream.name, upstream);
    if (file.secrets !== undefined) secrets.add(file.secrets);
  };
  settle();

  const settingsOf = (name: string): UpstreamConfig => {
    const known = settings.get(name);
    if (known === undefined) throw new HubError('NOT_FOUND', `no upstream is named ${name}`);
    return known;
  };

  return {
    get config() {
      return config;
    },
    settingsOf,
    hide: (text) => [...secrets].reduce((hidden, each) => each.hide(hidden), text),
    read(next) {
      const before = new Map(file.upstreams.map(({ name, enabled }) => [name, enabled]));
      for (const name of [...switched.keys()]) {
        const now = next.upstreams.find((upstream) => upstream.name === name);
        if (now?.enabled !== before.get(name)) switched.delete(name);
      }
      file = next;
      settle();
    },
    switch(name, isOn) {
      if (!file.upstreams.some((upstream) => upstream.name === name))
        throw new HubError('NOT_FOUND', `no upstream is named ${name}`);
      switched.set(name, isOn);
      settle();
    },
  };
};
