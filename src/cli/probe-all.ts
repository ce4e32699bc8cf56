import type { ProbeResult } from '../hub/probe.ts';
import type { HubSession } from './with-hub.ts';

/** Servers that start at one time: more would make each of them slow. */
const MAX_AT_ONCE = 6;

/** Starts the servers of these names and asks what they offer. One that fails costs only itself. Rejects when interrupted. */
export const probeAll = async (session: HubSession, names: readonly string[]): Promise<Map<string, ProbeResult>> => {
  const results = new Map<string, ProbeResult>();
  const waiting = names.values();
  const work = async (): Promise<void> => {
    for (const name of waiting) {
      if (session.signal.aborted) return;
      results.set(name, await session.hub.probe(name, { signal: session.signal }));
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_AT_ONCE, names.length) }, work));
  session.signal.throwIfAborted();
  return results;
};
