const SCHEME = 'mcp-hub://';

/**
 * The URI, or URI template, of a resource whose own URI belongs to an upstream that comes earlier in the configuration:
 * `mcp-hub://PREFIX/<percent-encoded URI>`. Expressions of a template stay as they are.
 */
export const toHubUri = (prefix: string, uri: string): string =>
  `${SCHEME}${encodeURIComponent(prefix)}/${uri.replaceAll(/\{[^{}]*\}|[^{}]+|[{}]/g, encodePart)}`;

/** Takes such a URI apart; undefined for any other. */
export const fromHubUri = (uri: string): { readonly prefix: string; readonly uri: string } | undefined => {
  if (!uri.startsWith(SCHEME)) return undefined;
  const slash = uri.indexOf('/', SCHEME.length);
  if (slash === -1) return undefined;
  try {
    return {
      prefix: decodeURIComponent(uri.slice(SCHEME.length, slash)),
      uri: decodeURIComponent(uri.slice(slash + 1)),
    };
  } catch {
    return undefined;
  }
};

const encodePart = (part: string): string =>
  part.length > 1 && part.startsWith('{') ? part : encodeURIComponent(part);
