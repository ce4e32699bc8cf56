import type { LoadConfigOptions } from '../config/load.ts';
import type { ReadConfig } from '../config/read-config.ts';
import type { Hub } from './hub.ts';

export interface FollowConfigOptions {
  /** How the hub's configuration was loaded. */
  readonly load: LoadConfigOptions;
  /** What it was loaded from. */
  readonly loaded: Pick<ReadConfig, 'location' | 'valueFiles'>;
  /** Takes a line for a person. */
  readonly tell: (line: string) => void;
  /** Whether clients may be long in coming, so that it is not waited for the first of them. */
  readonly isForMany: boolean;
}

/** A client that asks for the lists right after it was connected is answered first. Milliseconds. */
const AFTER_CLIENT_MS = 100;

/**
 * Has a hub follow the changes of its configuration: from its first client on, so that no start waits for it. What has changed
 * between its loading and then is noticed too.
 * @returns what ends it
 */
export const followConfig = (hub: Hub, { load, loaded, tell, isForMany }: FollowConfigOptions): (() => void) => {
  let isClosed = false;
  let stop = (): void => {};

  const begin = async (): Promise<void> => {
    const { watchConfig } = await import('../config/watch-config.ts');
    if (isClosed) return;
    stop = watchConfig({ load, current: hub.config, loaded, onConfig: (config) => hub.reload(config), tell });
  };

  const beginSoon = (): void => void setTimeout(() => void begin(), AFTER_CLIENT_MS).unref();
  const stopListening = hub.bus.listenTo(['client.connected'], () => {
    stopListening();
    if (!isForMany) beginSoon();
  });
  if (isForMany) beginSoon();

  return () => {
    isClosed = true;
    stopListening();
    stop();
  };
};
