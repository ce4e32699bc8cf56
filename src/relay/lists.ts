import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry } from '../catalog/merge.ts';
import { failureReply } from '../dispatch/failure.ts';
import { HubError } from '../errors/hub-error.ts';
import type { CacheHints, Codec, Implementation } from '../protocol/codec.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ErrorBody } from '../protocol/message.ts';
import { LISTS, type ListKind } from '../protocol/methods.ts';
import { createErrorBody, INVALID_PARAMS } from '../protocol/parse.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { whenAborted } from '../utils/when-aborted.ts';
import type { View } from './view.ts';

export interface ListRequest {
  readonly kind: ListKind;
  readonly params: JsonObject;
  readonly codec: Codec;
  readonly serverInfo: Implementation;
  /** Ends the waiting for upstreams that were never seen; its reason is a HubError. */
  readonly signal: CancelSignal;
}

export type ListAnswer =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: ErrorBody };

export const INVALID_CURSOR = createErrorBody(INVALID_PARAMS, 'Invalid cursor: the hub answers every list on one page');

interface EncodedList {
  readonly bytes: Uint8Array;
  readonly hints: CacheHints;
}

/** The bytes of a merged list, per codec, for as long as the list and its hints do not change. */
const encoded = new WeakMap<readonly Entry[], Map<Codec, EncodedList>>();

/**
 * Answers a list from the catalog: all upstreams' definitions on one page, in the order of the configuration and then of
 * the upstream. Never rejects.
 */
export const answerList = async (
  { catalog }: View,
  { kind, params, codec, serverInfo, signal }: ListRequest,
): Promise<ListAnswer> => {
  if (params['cursor'] !== undefined) {
    return { ok: false, error: INVALID_CURSOR };
  }
  // What is answered already is written first: to merge long lists takes a while.
  if (!catalog.isMerged(kind)) await nextTurn();
  try {
    await whenAborted(catalog.ready(kind), signal);
  } catch (thrown) {
    return { ok: false, error: failureReply(HubError.from(thrown)).error };
  }
  const { entries } = catalog.list(kind);
  catalog.markServed(kind);
  return { ok: true, bytes: encodeOnce({ entries, kind, codec, serverInfo, hints: catalog.cacheHints(kind) }) };
};

interface Encoding {
  readonly entries: readonly Entry[];
  readonly kind: ListKind;
  readonly codec: Codec;
  readonly serverInfo: Implementation;
  readonly hints: CacheHints;
}

const encodeOnce = ({ entries, kind, codec, serverInfo, hints }: Encoding): Uint8Array => {
  const perCodec = encoded.get(entries) ?? new Map<Codec, EncodedList>();
  encoded.set(entries, perCodec);
  const known = perCodec.get(codec);
  if (known?.hints.ttlMs === hints.ttlMs && known.hints.cacheScope === hints.cacheScope) return known.bytes;
  const bytes = codec.encodeList(LISTS[kind], entries, serverInfo, hints);
  perCodec.set(codec, { bytes, hints });
  return bytes;
};
