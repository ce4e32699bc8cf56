import type { Entry } from '../catalog/merge.ts';
import { failureReply } from '../dispatch/failure.ts';
import { HubError } from '../errors/hub-error.ts';
import type { Codec, Implementation } from '../protocol/codec.ts';
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

/** The bytes of a merged list, per codec, for as long as the list does not change. */
const encoded = new WeakMap<readonly Entry[], Map<Codec, Uint8Array>>();

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
  try {
    await whenAborted(catalog.ready(kind), signal);
  } catch (thrown) {
    return { ok: false, error: failureReply(HubError.from(thrown)).error };
  }
  const { entries } = catalog.list(kind);
  catalog.markServed(kind);
  return { ok: true, bytes: encodeOnce(entries, kind, codec, serverInfo) };
};

const encodeOnce = (
  entries: readonly Entry[],
  kind: ListKind,
  codec: Codec,
  serverInfo: Implementation,
): Uint8Array => {
  const perCodec = encoded.get(entries) ?? new Map<Codec, Uint8Array>();
  encoded.set(entries, perCodec);
  const known = perCodec.get(codec);
  if (known !== undefined) return known;
  const bytes = codec.encodeList(LISTS[kind], entries, serverInfo);
  perCodec.set(codec, bytes);
  return bytes;
};
