import type { Entry } from '../catalog/merge.ts';
import type { Codec, Implementation } from '../protocol/codec.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ErrorBody } from '../protocol/message.ts';
import { LISTS, type ListKind } from '../protocol/methods.ts';
import { createErrorBody, INVALID_PARAMS } from '../protocol/parse.ts';
import type { View } from './view.ts';

export type ListAnswer =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: ErrorBody };

/** The bytes of a merged list, per codec, for as long as the list does not change. */
const encoded = new WeakMap<readonly Entry[], Map<Codec, Uint8Array>>();

/**
 * Answers a list from the catalog: all upstreams' definitions on one page, in the order of the configuration and then of
 * the upstream.
 */
export const answerList = async (
  { catalog }: View,
  kind: ListKind,
  params: JsonObject,
  codec: Codec,
  serverInfo: Implementation,
): Promise<ListAnswer> => {
  if (params['cursor'] !== undefined) {
    return {
      ok: false,
      error: createErrorBody(INVALID_PARAMS, 'Invalid cursor: the hub answers every list on one page'),
    };
  }
  await catalog.ready(kind);
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
