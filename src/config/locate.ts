import { lstatSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HubError } from '../errors/hub-error.ts';
import { homeDirectory, resolveUserPath } from './home-directory.ts';
import type { ProjectSource } from './project-source.ts';
import { trustFile } from './trust-file.ts';
import { userConfigDirectory, userConfigFile } from './user-config-file.ts';

export interface LocateOptions {
  /** The file that the person named with `--config`. */
  readonly configFile?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** Which file is read, and why. */
export interface ConfigLocation {
  /** Absolute. It may not exist where it was named; undefined where there is none. */
  readonly file: string | undefined;
  /** Who named it: `--config`, `MCP_HUB_CONFIG`, or nobody, and it is the project's, which is trusted, or the user's own. */
  readonly source: 'option' | 'environment' | 'project' | 'user' | 'none';
  /** A configuration in the working directory or above it that does not count, because nobody has named or trusted it. */
  readonly ignoredProjectFile: string | undefined;
  /** Why not: in words for a person, with what to do. */
  readonly ignoredBecause?: string;
  /** The trusted project as it was when it was judged: this is used, whatever stands there a moment later. */
  readonly trusted?: ProjectSource;
  /** Where the user's own configuration is, or would be. */
  readonly userFile: string;
}

/**
 * `--config`, else `MCP_HUB_CONFIG`, else the project's where it is trusted, else the user's own. Nothing is read but what is
 * needed to find a project's file and to judge it.
 */
export const locateConfig = async ({ configFile, env, cwd }: LocateOptions): Promise<ConfigLocation> => {
  const found = firstThere(USER_NAMES.map((name) => join(userConfigDirectory(env), name)));
  const userFile = found ?? userConfigFile(env);
  const named = (file: string, source: ConfigLocation['source']): ConfigLocation => ({
    file: resolveUserPath(file, cwd, env),
    source,
    ignoredProjectFile: undefined,
    userFile,
  });
  if (configFile !== undefined) return named(configFile, 'option');
  if (env['MCP_HUB_CONFIG']) return named(env['MCP_HUB_CONFIG'], 'environment');
  const own: ConfigLocation = {
    file: found,
    source: found === undefined ? 'none' : 'user',
    ignoredProjectFile: undefined,
    userFile,
  };
  const projectFile = await findProjectConfig(cwd, homeDirectory(env));
  if (projectFile === undefined) return own;
  const judged = await judge(projectFile, env);
  return 'trusted' in judged
    ? { ...own, file: projectFile, source: 'project', trusted: judged.trusted }
    : { ...own, ignoredProjectFile: projectFile, ignoredBecause: judged.because };
};

type Judged = { readonly trusted: ProjectSource } | { readonly because: string };

const judge = async (file: string, env: NodeJS.ProcessEnv): Promise<Judged> => {
  const [{ judgeProject }, { readProject }] = await Promise.all([import('./trust.ts'), import('./project-source.ts')]);
  try {
    const trusted = await readProject(file);
    const verdict = await judgeProject(trusted, env);
    switch (verdict.kind) {
      case 'trusted':
        return { trusted };
      case 'new':
        return {
          because: "a project's file is ignored until it is trusted: run mcp-hub trust, which shows what it starts",
        };
      case 'changed': {
        const changes = verdict.changes.join(', ');
        return { because: `a project's file is ignored since it was changed: ${changes}; look at it: mcp-hub trust` };
      }
    }
  } catch (error) {
    return { because: `a project's file is ignored: ${HubError.from(error).message}` };
  }
};

/**
 * The files that decide what is read: one that was named; a project's that is trusted, and the approvals; or all that the
 * user's own may be called, with the project's that would take its place.
 */
export const candidateFiles = (location: ConfigLocation, env: NodeJS.ProcessEnv): readonly string[] => {
  const { file, source, ignoredProjectFile } = location;
  if ((source === 'option' || source === 'environment') && file !== undefined) return [file];
  const project = source === 'project' ? file : ignoredProjectFile;
  const own = USER_NAMES.map((name) => join(userConfigDirectory(env), name));
  return project === undefined ? own : [project, trustFile(env), ...(source === 'project' ? [] : own)];
};

/** What a project's configuration may be called, in this order; `package.json` holds it under the key `mcp-hub`. */
export const PROJECT_NAMES = [
  '.mcp-hub.json',
  'mcp-hub.config.json',
  'mcp-hub.config.jsonc',
  'mcp-hub.config.yaml',
  'mcp-hub.config.yml',
  '.mcp-hubrc',
  '.mcp-hubrc.json',
  '.mcp-hubrc.yaml',
  '.mcp-hubrc.yml',
  'package.json',
] as const;

const USER_NAMES = ['config.json', 'config.jsonc', 'config.yaml', 'config.yml'] as const;

/** The configuration of the project around a folder: in it or above it, up to the home directory or the root. */
export const findProjectConfig = async (cwd: string, home: string): Promise<string | undefined> => {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = await searchFolder(folder);
    if (found !== undefined) return found;
    if (folder === home || folder === dirname(folder)) return undefined;
  }
};

/**
 * The search is cosmiconfig's, one folder at a time and without its front door: `cosmiconfig()` looks for settings of its
 * own in the working directory first, and runs a `.config/config.js` that it finds there. Only names of data are searched,
 * no file is loaded for its value, and only small regular files are opened, so that a named pipe cannot stop the hub.
 */
const searchFolder = async (folder: string): Promise<string | undefined> => {
  const searchPlaces = PROJECT_NAMES.filter((name) => isCandidate(join(folder, name)));
  if (searchPlaces.length === 0) return undefined;
  const { Explorer } = (await import('cosmiconfig/dist/Explorer.js')) as unknown as ExplorerModule;
  const explorer = new Explorer({
    moduleName: 'mcp-hub',
    searchPlaces,
    searchStrategy: 'none',
    loaders: { '.json': markerOf, '.jsonc': markerOf, '.yaml': markerOf, '.yml': markerOf, noExt: markerOf },
    transform: (result) => result,
    ignoreEmptySearchPlaces: true,
    cache: false,
    metaConfigFilePath: null,
    mergeImportArrays: true,
    mergeSearchPlaces: true,
  });
  return (await explorer.search(folder))?.filepath;
};

/** What cosmiconfig takes for the content: of package.json its key, of anything else that it is there. */
const markerOf = (file: string, text: string): unknown => {
  if (!/[\\/]package\.json$/.test(file)) return { isConfig: true };
  try {
    const manifest = JSON.parse(text) as { 'mcp-hub'?: unknown } | null;
    return { 'mcp-hub': manifest?.['mcp-hub'] };
  } catch {
    return {};
  }
};

interface FoundFile {
  readonly filepath: string;
}

interface ExplorerModule {
  readonly Explorer: new (options: {
    readonly loaders: Readonly<Record<string, (file: string, text: string) => unknown>>;
    readonly transform: (result: FoundFile | null) => FoundFile | null;
    readonly [option: string]: unknown;
  }) => { readonly search: (folder: string) => Promise<FoundFile | null> };
}

const MAX_SEARCHED_BYTES = 8 * 1024 * 1024;

const isCandidate = (file: string): boolean => {
  try {
    const found = statSync(file);
    return found.isFile() && found.size <= MAX_SEARCHED_BYTES && mayHoldSettings(file);
  } catch {
    return false;
  }
};

/** Most working directories have a package.json that says nothing of the hub: no search is begun for that. */
const mayHoldSettings = (file: string): boolean =>
  basename(file) !== 'package.json' || readFileSync(file, 'utf8').includes('mcp-hub');

/** The first path where something is, whatever it is: what cannot be read is told to the person, not passed over. */
const firstThere = (files: readonly string[]): string | undefined => files.find(isThere);

const isThere = (file: string): boolean => {
  try {
    lstatSync(file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
};
