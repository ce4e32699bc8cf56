import type { Implementation } from '../protocol/codec.ts';
import { type Era, MODERN_VERSIONS, negotiateLegacyVersion } from '../protocol/era.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { META } from '../protocol/meta.ts';
import type { View } from './view.ts';

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
  const { capabilities, instructions } = catalog.offer(era);
  return { capabilities, ...(instructions !== undefined && { instructions }) };
};
