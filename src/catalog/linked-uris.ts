import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import { memberBytes, spliceMembers } from '../protocol/json-bytes.ts';
import type { Source } from './merge.ts';
import type { UriNaming } from './uri-naming.ts';

/**
 * The `ui://` resources that a tool's definition or result names as its user interface, which no list needs to have: in
 * `_meta.ui.resourceUri`, and in `_meta["ui/resourceUri"]` as it was written first.
 * https://modelcontextprotocol.io/extensions/apps/overview
 */
export const linkedUrisOf = ({ _meta }: JsonObject): string[] => {
  if (!isJsonObject(_meta)) return [];
  const { ui } = _meta;
  return [isJsonObject(ui) ? ui['resourceUri'] : undefined, _meta[OLDER_KEY]].filter(isUiUri);
};

/** The bytes of a definition or result in which those URIs are the ones that reach them; undefined where they are already. */
export const renameLinkedUris = (bytes: Buffer, value: JsonObject, naming: UriNaming): Buffer | undefined => {
  const { _meta } = value;
  if (!isJsonObject(_meta)) return undefined;
  const changes: Record<string, string | Buffer> = {};
  const { ui } = _meta;
  const rename = (uri: JsonValue | undefined): string | undefined => (isUiUri(uri) ? naming(uri) : undefined);
  const name = isJsonObject(ui) ? rename(ui['resourceUri']) : undefined;
  const olderName = rename(_meta[OLDER_KEY]);
  if (name === undefined && olderName === undefined) return undefined;
  const meta = memberBytes(bytes, '_meta');
  if (name !== undefined) changes['ui'] = spliceMembers(memberBytes(meta, 'ui'), { resourceUri: JSON.stringify(name) });
  if (olderName !== undefined) changes[OLDER_KEY] = JSON.stringify(olderName);
  return spliceMembers(bytes, { _meta: spliceMembers(meta, changes) });
};

/** Which upstreams have tools that name a URI, in the order of the configuration. Tools that are not offered do not count. */
export const linkersOfUris = (tools: readonly Source[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const linkers = new Map<string, Set<string>>();
  for (const { upstream, rules, definitions } of tools) {
    for (const { name, linkedUris } of definitions) {
      for (const uri of rules.isOffered('tools', name) ? linkedUris : []) {
        const known = linkers.get(uri);
        if (known === undefined) linkers.set(uri, new Set([upstream]));
        else known.add(upstream);
      }
    }
  }
  return linkers;
};

const OLDER_KEY = 'ui/resourceUri';

const isUiUri = (uri: JsonValue | undefined): uri is string =>
  typeof uri === 'string' && uri.startsWith('ui://') && uri.isWellFormed();
