import type { UpstreamConfig } from '../config/hub-config.ts';
import { valueHash } from '../utils/value-hash.ts';

/**
 * What makes an upstream this one: all that its process or connection is made of, with the values filled in. Where it
 * differs, another process is needed; all other settings take effect on the one that runs.
 */
export const identityOf = ({ transport, protocol, missingVariables, allowPrivate, auth }: UpstreamConfig): string =>
  valueHash([transport, protocol, missingVariables, allowPrivate, auth]);
