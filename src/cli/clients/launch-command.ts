import { realpathSync } from 'node:fs';
import type { LaunchCommand } from '../../config/clients/client.ts';
import { pathOf } from '../../config/home-directory.ts';
import { HubError } from '../../errors/hub-error.ts';

export interface LaunchOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** The Node that runs, absolute. */
  readonly node: string;
  /** The script of the hub, absolute. */
  readonly script: string;
  /** The configuration that was named, absolute; undefined for the usual one. */
  readonly configFile: string | undefined;
  /** Where a path leads; default: as the file system says, itself where it leads nowhere. */
  readonly realPath?: (path: string) => string;
}

/**
 * The command that a client starts the hub with: absolute paths, because a client that was started from a desktop does not
 * know the PATH of a shell, and no `npx`, which would ask a registry.
 * @throws HubError `USAGE` where the program runs from a folder that is going to vanish.
 */
export const launchCommand = (options: LaunchOptions): LaunchCommand => {
  const { script, configFile, env } = options;
  if (isPassing(script)) {
    throw new HubError(
      'USAGE',
      `the hub cannot be registered from ${script}: that is a cache, which is emptied some day`,
      {
        hint: 'install it for good, with npm install -g . in its folder, and run this again',
      },
    );
  }
  return {
    command: stableNode(options),
    args: [script, 'serve', ...(configFile === undefined ? [] : ['--config', configFile])],
    env: Object.fromEntries(FOLDER_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
  };
};

/** Clients hand on few variables: the ones that say where the hub's files are would be missing. */
const FOLDER_VARIABLES = ['MCP_HUB_STATE_DIR', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME'] as const;

/** Caches of npx, of pnpm and yarn dlx, and of bunx. */
const isPassing = (path: string): boolean => /[\\/](?:_npx|dlx|dlx-[^\\/]+|bunx-[^\\/]+|xfs-[^\\/]+)[\\/]/.test(path);

/**
 * The Node that runs, by the name on the PATH that leads to it: package managers keep that name when they replace the
 * version behind it. A link that a version manager makes for one shell is none to rely on.
 */
const stableNode = ({ env, platform, node, realPath = whereItLeads }: LaunchOptions): string => {
  const { delimiter, join, isAbsolute } = pathOf(platform);
  const name = platform === 'win32' ? 'node.exe' : 'node';
  const found = (env['PATH'] ?? env['Path'] ?? '')
    .split(delimiter)
    .filter(
      (folder) => isAbsolute(folder) && !/fnm_multishells|[\\/]run[\\/]user[\\/]|[\\/]\.?te?mp[\\/]/i.test(folder),
    )
    .map((folder) => join(folder, name))
    .find((path) => path !== node && realPath(path) === realPath(node));
  return found ?? node;
};

const whereItLeads = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};
