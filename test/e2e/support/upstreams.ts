import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fixture, ROOT } from './paths.ts';

/** An entry of `mcpServers`. */
export interface UpstreamEntry {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly url?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly disabled?: boolean;
}

export interface RawServerOptions {
  /** Modes of the test server; default none. */
  readonly evil?: string;
  /** The file it writes what happens to it to; default none. */
  readonly log?: string;
}

/** The raw test server of an era, under a name that its answers carry. */
export const rawServer = (
  era: 'legacy' | 'modern',
  name: string,
  { evil = '', log = '' }: RawServerOptions = {},
): UpstreamEntry => ({
  command: process.execPath,
  args: [fixture(`${era}.mjs`), name],
  env: { EVIL: evil, EVIL_LOG: log },
});

export const legacyServer = (name: string, options?: RawServerOptions): UpstreamEntry =>
  rawServer('legacy', name, options);

export const modernServer = (name: string, options?: RawServerOptions): UpstreamEntry =>
  rawServer('modern', name, options);

/** An example server of this repository, from its source. */
export const exampleServer = (name: 'math' | 'notes' | 'weather'): UpstreamEntry => ({
  command: process.execPath,
  args: [`${ROOT}examples/${name}/server.ts`],
});

/** A published server that is a development dependency: `server-everything`, `server-filesystem`, `server-memory`. */
export const publishedServer = (
  name: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): UpstreamEntry => {
  const manifest = createRequire(import.meta.url).resolve(`@modelcontextprotocol/${name}/package.json`);
  return { command: process.execPath, args: [join(dirname(manifest), 'dist/index.js'), ...args], env };
};
