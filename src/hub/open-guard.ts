import type { EventBus } from '../events/bus.ts';
import type { GroupGuard } from '../upstream/guard/group-guard.ts';

/** The guard over all processes of a hub, made when the first one is about to be started. */
export interface LazyGuard {
  open(): Promise<GroupGuard>;
  /** Ends it, where it was made. */
  close(): Promise<void>;
}

/** How long after its first client a hub that starts nothing looks for what others have left behind. Milliseconds. */
const LOOK_AFTER_MS = 1_000;

/**
 * What hubs that were killed have left behind is ended once, when the first process is started, or a moment after the first
 * client is connected: no start waits for it.
 */
export const createLazyGuard = (stateDir: string, bus: EventBus): LazyGuard => {
  let guard: Promise<GroupGuard> | undefined;
  let hasLooked = false;

  const load = async (): Promise<GroupGuard> => {
    const { createGroupGuard } = await import('../upstream/guard/group-guard.ts');
    return createGroupGuard(stateDir);
  };

  const endOrphans = async (): Promise<void> => {
    if (hasLooked) return;
    hasLooked = true;
    const orphans = await import('../upstream/guard/orphans.ts');
    const count = await orphans.endOrphans(stateDir);
    const message = `servers that a killed hub had left behind were ended: ${count}`;
    if (count > 0) bus.emit({ type: 'problem', message, at: Date.now() });
  };

  const stopListening = bus.listenTo(['client.connected'], () => {
    stopListening();
    setTimeout(() => void endOrphans(), LOOK_AFTER_MS).unref();
  });

  return {
    open() {
      guard ??= load();
      void endOrphans();
      return guard;
    },
    async close() {
      await (await guard)?.close();
    },
  };
};
