import { type ClientOptions, Client as ModernClient } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { legacyTransport, modernTransport, type Program, type Target } from './sdk-transports.ts';

export type { Program };

/** Connects the client of the v1 SDK. */
export const connectV1 = async (target: Target, name = 'v1-client'): Promise<LegacyClient> => {
  const client = new LegacyClient({ name, version: '1.0.0' });
  await client.connect(legacyTransport(target));
  return client;
};

export interface V2Options {
  /** `modern` is pinned to 2026-07-28. */
  readonly era: 'legacy' | 'modern' | 'auto';
  readonly name?: string;
  readonly options?: ClientOptions;
}

/** Connects the client of the v2 SDK in an era. */
export const connectV2 = async (target: Target, { era, name, options }: V2Options): Promise<ModernClient> => {
  const mode = era === 'modern' ? { pin: '2026-07-28' } : era;
  const client = new ModernClient(
    { name: name ?? `v2-${era}`, version: '2.0.0' },
    { ...options, versionNegotiation: { mode } },
  );
  await client.connect(modernTransport(target));
  return client;
};
