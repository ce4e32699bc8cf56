import type { CliContext } from '../context.ts';
import { OFFICIAL_REGISTRY, type RegistryOptions } from './client.ts';

export interface RegistryFlags {
  readonly registry?: string;
}

/** The registry that was named, else that of `MCP_HUB_REGISTRY_URL`, else the official one. */
export const registryOptions = (context: CliContext, { registry }: RegistryFlags): RegistryOptions => ({
  baseUrl: registry ?? (context.env['MCP_HUB_REGISTRY_URL'] || OFFICIAL_REGISTRY),
  signal: context.interruption(),
});
