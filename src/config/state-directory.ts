import { absolute, homeDirectory, pathOf } from './home-directory.ts';

/**
 * Where the hub keeps its database: `$MCP_HUB_STATE_DIR`, else `%LOCALAPPDATA%\mcp-hub` on Windows, else
 * `$XDG_STATE_HOME/mcp-hub`, else `~/.local/state/mcp-hub`. Always absolute. Nothing is created.
 * The Windows branch is tested by rule only, not on Windows.
 */
export const stateDirectory = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string => {
  const { join, resolve } = pathOf(platform);
  if (env['MCP_HUB_STATE_DIR']) return resolve(env['MCP_HUB_STATE_DIR']);
  return join(stateHome(env, platform), 'mcp-hub');
};

const stateHome = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string => {
  const { join } = pathOf(platform);
  const home = homeDirectory(env, platform);
  return platform === 'win32'
    ? (absolute(env['LOCALAPPDATA'], platform) ?? join(home, 'AppData', 'Local'))
    : (absolute(env['XDG_STATE_HOME'], platform) ?? join(home, '.local', 'state'));
};
