import { type ClientOptions, Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyStdio } from '@modelcontextprotocol/sdk/client/stdio.js';

/** A program that speaks MCP on its standard input and output: the hub, or an upstream directly. */
export interface Program {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
  readonly cwd?: string;
}

/** Connects the client of the v1 SDK. */
export const connectV1 = async (program: Program, name = 'v1-client'): Promise<LegacyClient> => {
  const client = new LegacyClient({ name, version: '1.0.0' });
  await client.connect(new LegacyStdio({ ...program, stderr: 'ignore' }));
  return client;
};

export interface V2Options {
  /** `modern` is pinned to 2026-07-28. */
  readonly era: 'legacy' | 'modern' | 'auto';
  readonly name?: string;
  readonly options?: ClientOptions;
}

/** Connects the client of the v2 SDK in an era. */
export const connectV2 = async (program: Program, { era, name, options }: V2Options): Promise<ModernClient> => {
  const mode = era === 'modern' ? { pin: '2026-07-28' } : era;
  const client = new ModernClient(
    { name: name ?? `v2-${era}`, version: '2.0.0' },
    { ...options, versionNegotiation: { mode } },
  );
  await client.connect(new ModernStdio({ ...program, stderr: 'ignore' }));
  return client;
};
