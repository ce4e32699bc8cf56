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
  /**
   * Another one was read. What was switched by hand stays so until the file itself says otherwise than before.
   * @returns what takes that back
   */
  read(config: HubConfig): () => void;
  /**
   * Switches an upstream on or off, for as long as the hub runs.
   * @returns what takes that back
   * @throws HubError NOT_FOUND
   */
  switch(name: string, isOn: boolean): () => void;
}

export const createLiveConfig = (first: HubConfig): LiveConfig => {
  let switched: ReadonlyMap<string, boolean> = new Map();
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

  const put = (nextFile: HubConfig, nextSwitched: ReadonlyMap<string, boolean>): (() => void) => {
    const before = { file, switched };
    file = nextFile;
    switched = nextSwitched;
    settle();
    return () => {
      ({ file, switched } = before);
      settle();
    };
  };

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
      const now = new Map(next.upstreams.map(({ name, enabled }) => [name, enabled]));
      return put(next, new Map([...switched].filter(([name]) => now.get(name) === before.get(name))));
    },
    switch(name, isOn) {
      if (!file.upstreams.some((upstream) => upstream.name === name))
        throw new HubError('NOT_FOUND', `no upstream is named ${name}`);
      return put(file, new Map([...switched, [name, isOn]]));
    },
  };
};
