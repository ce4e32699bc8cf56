import type { Call } from '../dispatch/call.ts';
import type { Interceptor, Next } from '../dispatch/interceptor.ts';
import type { Reply } from '../dispatch/reply.ts';
import { isJsonObject } from '../protocol/json.ts';
import { outlineOfResult } from '../protocol/large-result.ts';
import type { ListKind } from '../protocol/methods.ts';
import { INVALID_PARAMS, METHOD_NOT_FOUND } from '../protocol/parse.ts';
import { settledWithin } from '../utils/settled-within.ts';
import type { View } from './view.ts';

export interface FreshDefinitionOptions {
  readonly viewOf: (call: Call) => View;
  /** How long a list may hold up a call; milliseconds. */
  readonly withinMs: number;
}

/**
 * Has calls of tools whose definition is of an earlier run use the present one where it matters for what is sent: where
 * arguments are repeated as headers, and where a tool may have to be called as a task. The list is being read anyway since
 * the upstream was connected; no other call waits for it. A refusal that may come of an old list has it read again.
 */
export const createFreshDefinition =
  ({ viewOf, withinMs }: FreshDefinitionOptions): Interceptor =>
  (next) =>
    function useFreshDefinition(call) {
      const kind = LIST_OF_METHOD[call.method];
      const view = viewOf(call);
      const isKnownAnew = kind === undefined || view.catalog.isFresh(call.target.upstream, kind);
      return isKnownAnew ? next(call) : callAnew(next, call, { view, kind, withinMs });
    };

interface Anew {
  readonly view: View;
  readonly kind: ListKind;
  readonly withinMs: number;
}

const callAnew = async (next: Next, call: Call, { view, kind, withinMs }: Anew): Promise<Reply> => {
  const { upstream } = call.target;
  const askedAt = performance.now();
  const present = kind === 'tools' ? await withPresentDefinition(view, call, withinMs) : call;
  const waitedMs = performance.now() - askedAt;
  const reply = await next(present);
  if (isRefusal(reply) && !view.catalog.isFresh(upstream, kind)) void view.catalog.refresh(upstream, kind);
  return { ...reply, time: { ...reply.time, startMs: reply.time.startMs + waitedMs } };
};

const LIST_OF_METHOD: Readonly<Record<string, ListKind>> = {
  'tools/call': 'tools',
  'prompts/get': 'prompts',
  'resources/read': 'resources',
};

const withPresentDefinition = async (view: View, call: Call, withinMs: number): Promise<Call> => {
  const { upstreams, catalog } = view;
  const { upstream } = call.target;
  // Why it cannot be connected is said by the call itself.
  const identity = await upstreams
    .get(upstream)
    ?.connect(call.signal)
    .catch(() => undefined);
  const reading = catalog.readingOf(upstream, 'tools');
  if (identity === undefined || reading === undefined) return call;
  if (!identity.mirrorsArguments && !isJsonObject(identity.capabilities['tasks'])) return call;
  await settledWithin(reading, withinMs);
  return { ...call, target: { ...call.target, ...presentDefinition(view, call) } };
};

/** The definition that a tool has now, where its upstream still offers it under the name that was called. */
export const presentDefinition = (
  { catalog }: View,
  { target }: Pick<Call, 'target'>,
): Pick<Call['target'], 'definition'> => {
  const entry = catalog.list('tools').byName.get(target.qualifiedName);
  return entry?.upstream === target.upstream ? { definition: entry.value } : {};
};

/**
 * Resolves when the lists of an upstream that has just been connected say how its result is to be written, which matters
 * for structured content and for URIs alone.
 */
export const listsForResult = async (
  { catalog }: View,
  upstream: string,
  reply: Reply,
  withinMs: number,
): Promise<void> => {
  if (reply.kind !== 'result') return;
  const kinds = KINDS_FOR_RESULT.filter(
    (kind) => catalog.readingOf(upstream, kind) !== undefined && !catalog.isFresh(upstream, kind),
  );
  const { structuredContent, _meta, contents } = outlineOfResult(reply.body);
  if (kinds.length === 0) return;
  const namesUris = contents !== undefined || _meta !== undefined || Buffer.from(reply.body.bytes).includes('"uri"');
  if (structuredContent === undefined && !namesUris) return;
  await settledWithin(Promise.all(kinds.map(async (kind) => catalog.readingOf(upstream, kind))), withinMs);
};

const KINDS_FOR_RESULT: readonly ListKind[] = ['tools', 'resources', 'templates'];

const isRefusal = (reply: Reply): boolean =>
  reply.kind === 'error' &&
  reply.from !== undefined &&
  (reply.error.code === INVALID_PARAMS || reply.error.code === METHOD_NOT_FOUND);
