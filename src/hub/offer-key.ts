import { createHash } from 'node:crypto';
import type { UpstreamConfig } from '../config/hub-config.ts';

/**
 * SHA-256, hex, of all that decides what an upstream offers: command, arguments, environment and folder, or URL and headers,
 * with their values filled in. Another token is another key, so that what was listed to one is never shown for another.
 */
export const offerKey = ({ transport, protocol }: Pick<UpstreamConfig, 'transport' | 'protocol'>): string =>
  createHash('sha256')
    .update(JSON.stringify([sorted(transport), protocol]))
    .digest('hex');

/** Neither environment nor headers depend on the order of their members. */
const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).map(([key, member]) => [key, sorted(member)] as const);
  return members.sort(([a], [b]) => (a < b ? -1 : 1));
};
