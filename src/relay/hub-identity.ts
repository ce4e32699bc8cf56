import type { Implementation } from '../protocol/codec.ts';
import { MODERN_VERSIONS, negotiateLegacyVersion } from '../protocol/era.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { META } from '../protocol/meta.ts';

/**
 * What the hub can do for a client whatever its upstreams turn out to offer; each part is answered legally, empty where
 * nothing is known.
 */
const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
} satisfies JsonObject;

/** The result of `initialize`, https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle. */
export const initializeResult = (requestedVersion: JsonValue | undefined, serverInfo: Implementation): JsonObject => ({
  protocolVersion: negotiateLegacyVersion(requestedVersion),
  capabilities: CAPABILITIES,
  serverInfo: { ...serverInfo },
});

/** The result of `server/discover`, https://modelcontextprotocol.io/specification/2026-07-28/server/discover. */
export const discoverResult = (serverInfo: Implementation): JsonObject => ({
  resultType: 'complete',
  supportedVersions: [...MODERN_VERSIONS],
  capabilities: CAPABILITIES,
  ttlMs: 0,
  cacheScope: 'private',
  _meta: { [META.serverInfo]: { ...serverInfo } },
});
