import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HubConfig } from '../../src/config/hub-config.ts';
import { loadConfig } from '../../src/config/load.ts';

export interface Folder {
  readonly path: string;
  /** The path of something in it. */
  readonly at: (name: string) => string;
  /** Writes a file with mode 0600, and folders on the way to it. */
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
}

/** A folder of its own for one test, gone after it. */
export const createFolder = async (): Promise<Folder> => {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'mcp-hub-config-')));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const at = (name: string): string => join(path, name);
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), content);
    await chmod(at(name), 0o600);
    return at(name);
  };
  return { path, at, write };
};

export interface LoadTextOptions {
  /** Default `config.json`. */
  readonly name?: string;
  /** Variables beside HOME; default none. */
  readonly env?: NodeJS.ProcessEnv;
  readonly only?: readonly string[];
}

/** What `loadConfig` makes of a text, or of a value as JSON, in a file named with `--config`. */
export const loadText = async (content: unknown, options: LoadTextOptions = {}): Promise<HubConfig> => {
  const folder = await createFolder();
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const configFile = await folder.write(options.name ?? 'config.json', text);
  const env = { HOME: folder.path, ...options.env };
  return loadConfig({ configFile, env, cwd: folder.path, ...(options.only && { only: options.only }) });
};

/** Problems as `severity line:column message`. */
export const problemsOf = ({ problems }: Pick<HubConfig, 'problems'>): readonly string[] =>
  problems.map(({ severity, place, message }) => `${severity} ${place?.line}:${place?.column} ${message}`);
