const SCHEME = 'mcp-hub://';

/** Stands before a URI that is not encoded. An encoded one has no slash, so that it never begins like this. */
const VERBATIM = 'raw/';

/**
 * The URI of a listed resource whose own URI belongs to an upstream that comes earlier in the configuration:
 * `mcp-hub://PREFIX/<percent-encoded URI>`.
 * @param uri well-formed: half of a surrogate pair cannot be encoded.
 */
export const toHubUri = (prefix: string, uri: string): string => `${authority(prefix)}${encodeURIComponent(uri)}`;

/**
 * The same for a URI template, and for what it expands to: `mcp-hub://PREFIX/raw/<URI template>`. Nothing in it is encoded,
 * because an expansion is made by the client: whatever it puts in the place of an expression is the upstream's, to the
 * character. So the expansion of the hub's template is always the hub's URI for the expansion of the upstream's.
 * https://www.rfc-editor.org/rfc/rfc6570#section-3.1
 */
export const toVerbatimHubUri = (prefix: string, uri: string): string => `${authority(prefix)}${VERBATIM}${uri}`;

/** Takes a URI of either form apart; undefined for any other. */
export const fromHubUri = (uri: string): { readonly prefix: string; readonly uri: string } | undefined => {
  if (!uri.startsWith(SCHEME)) return undefined;
  const slash = uri.indexOf('/', SCHEME.length);
  if (slash === -1) return undefined;
  const rest = uri.slice(slash + 1);
  try {
    return {
      prefix: decodeURIComponent(uri.slice(SCHEME.length, slash)),
      uri: rest.startsWith(VERBATIM) ? rest.slice(VERBATIM.length) : decodeURIComponent(rest),
    };
  } catch {
    return undefined;
  }
};

const authority = (prefix: string): string => `${SCHEME}${encodeURIComponent(prefix)}/`;
