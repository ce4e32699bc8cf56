import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** The `_meta` of params, empty where there is none. */
export const metaOf = (params: JsonObject | undefined): JsonObject => {
  const meta = params?.['_meta'];
  return isJsonObject(meta) ? meta : {};
};

/** The params with some keys of `_meta` taken away; without `_meta` where nothing is left in it. */
export const withoutMeta = (params: JsonObject, keys: readonly string[]): JsonObject => {
  const meta = params['_meta'];
  if (!isJsonObject(meta) || !keys.some((key) => Object.hasOwn(meta, key))) return params;
  const rest = Object.fromEntries(Object.entries(meta).filter(([key]) => !keys.includes(key)));
  const { _meta, ...others } = params;
  return Object.keys(rest).length === 0 ? others : { ...others, _meta: rest };
};

/** The params with some keys of `_meta` set; a value of `undefined` sets nothing. */
export const withMeta = (params: JsonObject, entries: Readonly<Record<string, JsonValue | undefined>>): JsonObject => {
  const added = Object.entries(entries).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  if (added.length === 0) return params;
  return { ...params, _meta: { ...metaOf(params), ...Object.fromEntries(added) } };
};
