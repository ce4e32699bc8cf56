/**
 * The two generations of the protocol. `legacy` is 2025-11-25 and earlier: a session opened by `initialize`. `modern` is
 * 2026-07-28 and later: no handshake, the envelope travels in every request's `_meta`.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 */
export type Era = 'legacy' | 'modern';

/** Legacy revisions that the hub speaks, newest first. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;

/** Modern revisions that the hub speaks, newest first. */
export const MODERN_VERSIONS = ['2026-07-28'] as const;

/** The revision that an `initialize` answer names: the client's own where the hub speaks it, else the newest legacy one. */
export const negotiateLegacyVersion = (requested: unknown): string =>
  (LEGACY_VERSIONS as readonly unknown[]).includes(requested) ? (requested as string) : LEGACY_VERSIONS[0];
