import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { Implementation } from '../protocol/codec.ts';
import type { Era } from '../protocol/era.ts';
import { LIST_KINDS } from '../protocol/methods.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import type { HubView } from './views.ts';

export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /** Default: the `startMs` of the upstream decides. */
  readonly timeoutMs?: number;
}

/** What came of starting one upstream. */
export type ProbeResult =
  | {
      readonly name: string;
      readonly ok: true;
      readonly era: Era;
      readonly serverInfo: Implementation;
      readonly tools: number;
      readonly prompts: number;
      readonly resources: number;
      readonly templates: number;
      /** Bytes of name, description and input schema of all tools. */
      readonly definitionBytes: number;
      readonly startMs: number;
      /** Sentences about definitions that had to be left out or renamed. */
      readonly problems: readonly string[];
    }
  | { readonly name: string; readonly ok: false; readonly reason: string; readonly stderrTail: string };

export interface ProbeContext extends ProbeOptions {
  readonly name: string;
  readonly view: HubView;
  readonly bus: EventBus;
}

/** Starts one upstream, reads its lists, and leaves it running. */
export const probeUpstream = async ({ name, view, bus, signal, timeoutMs }: ProbeContext): Promise<ProbeResult> => {
  const upstream = view.upstreams.get(name);
  if (upstream === undefined) return { name, ok: false, reason: 'it is switched off', stderrTail: '' };
  const problems: string[] = [];
  const stopListening = bus.listenTo(['problem'], (event) => {
    if (event.upstream === name) problems.push(event.message);
  });
  const startedAt = performance.now();
  const limits = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)];
  const until = AbortSignal.any(limits.filter((limit) => limit !== undefined));
  try {
    const identity = await upstream.connect(until);
    const startMs = performance.now() - startedAt;
    await whenAborted(Promise.all(LIST_KINDS.map((kind) => view.catalog.loadFresh(name, kind))), until);
    // Merging tells which names had to be changed.
    for (const kind of LIST_KINDS) view.catalog.list(kind);
    const listing = view.catalog.listingOf(name);
    const counts = listing?.counts ?? { tools: 0, prompts: 0, resources: 0, templates: 0 };
    const { era, serverInfo } = identity;
    return {
      name,
      ok: true,
      era,
      serverInfo,
      ...counts,
      definitionBytes: listing?.definitionBytes ?? 0,
      startMs,
      problems,
    };
  } catch (thrown) {
    return { name, ok: false, reason: HubError.from(thrown).message, stderrTail: upstream.stderrTail() };
  } finally {
    stopListening();
  }
};
