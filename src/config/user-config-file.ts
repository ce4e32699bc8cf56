import { absolute, homeDirectory, pathOf } from './home-directory.ts';

/**
 * The folder of the user's own configuration: `%APPDATA%\mcp-hub` on Windows, `$XDG_CONFIG_HOME/mcp-hub` or
 * `~/.config/mcp-hub` on Linux and on macOS alike. Always absolute. Nothing is created.
 * The Windows branch is tested by rule only, not on Windows.
 */
export const userConfigDirectory = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string => {
  const { join } = pathOf(platform);
  const home = homeDirectory(env, platform);
  const base =
    platform === 'win32'
      ? (absolute(env['APPDATA'], platform) ?? join(home, 'AppData', 'Roaming'))
      : (absolute(env['XDG_CONFIG_HOME'], platform) ?? join(home, '.config'));
  return join(base, 'mcp-hub');
};

/** The file that is written to when the user has no configuration yet: `config.json` in the folder above. */
export const userConfigFile = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string =>
  pathOf(platform).join(userConfigDirectory(env, platform), 'config.json');
