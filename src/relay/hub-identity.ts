import type { Implementation } from '../protocol/codec.ts';
import { type Era, MODERN_VERSIONS, negotiateLegacyVersion } from '../protocol/era.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { META } from '../protocol/meta.ts';
import type { View } from './view.ts';

/**
 * What the hub offers as long as it does not know all of its upstreams: everything, each part answered legally and empty
 * where nothing is known. What it knows then is served, and no part is withdrawn in between.
 */
const UNKNOWN_OFFER = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
} satisfies JsonObject;

/** The result of `initialize`, https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle. */
export const initializeResult = (
  requested: JsonValue | undefined,
  serverInfo: Implementation,
  view: View,
): JsonObject => ({
  protocolVersion: negotiateLegacyVersion(requested),
  ...offer(view, 'legacy'),
  serverInfo: { ...serverInfo },
});

/** The result of `server/discover`, https://modelcontextprotocol.io/specification/2026-07-28/server/discover. */
export const discoverResult = (serverInfo: Implementation, view: View): JsonObject => ({
  resultType: 'complete',
  supportedVersions: [...MODERN_VERSIONS],
  ...offer(view, 'modern'),
  ttlMs: 0,
  cacheScope: 'private',
  _meta: { [META.serverInfo]: { ...serverInfo } },
});

const offer = ({ catalog }: View, era: Era): JsonObject => {
  const known = catalog.offer(era);
  if (known === undefined) return { capabilities: UNKNOWN_OFFER };
  return {
    capabilities: known.capabilities,
    ...(known.instructions !== undefined && { instructions: known.instructions }),
  };
};
