import { fileURLToPath } from 'node:url';
import type { UpstreamEntry } from '../../e2e/support/upstreams.ts';

const EVIL = fileURLToPath(new URL('../programs/evil.mjs', import.meta.url));

export interface EvilOptions {
  /** Its modes; default none: it is well. */
  readonly evil?: string;
  /** Default `legacy`. */
  readonly era?: 'legacy' | 'modern';
  readonly env?: Readonly<Record<string, string>>;
}

/** The entry of a server that misbehaves; what happens to it is written to the file `log`. */
export const evilServer = (
  name: string,
  log: string,
  { evil = '', era = 'legacy', env = {} }: EvilOptions = {},
): UpstreamEntry => ({
  command: process.execPath,
  args: [EVIL, name, era],
  env: { EVIL: evil, EVIL_LOG: log, ...env },
});

/** A list of tools, or of templates of resources, for the mode of that name. */
export const listMode = (mode: 'definitions' | 'templates', list: readonly unknown[]): string =>
  `${mode}:${Buffer.from(JSON.stringify(list)).toString('base64')}`;

/** The arguments of the tool `say`: bytes that it writes as they are, `$ID` being the id of its request. */
export const saying = (bytes: string | Buffer): { base64: string } => ({
  base64: Buffer.from(bytes).toString('base64'),
});
