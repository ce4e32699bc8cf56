import type { UpstreamConfig } from '../config/hub-config.ts';
import { valueHash } from '../utils/value-hash.ts';

/**
 * SHA-256, hex, of all that decides what an upstream offers: command, arguments, environment and folder, or URL and headers,
 * with their values filled in. Another token is another key, so that what was listed to one is never shown for another.
 */
export const offerKey = ({ transport, protocol }: Pick<UpstreamConfig, 'transport' | 'protocol'>): string =>
  valueHash([transport, protocol]);
