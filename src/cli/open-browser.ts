import { findCommand } from './find-command.ts';

/**
 * Opens an address in the person's browser. It is one argument of a program, whatever is in it: no shell sees it.
 * `MCP_HUB_BROWSER` names another program, with its own arguments parted by spaces; `off` opens none.
 * @param url has been judged: https, or http of this machine
 * @returns false where there is no browser to open. Untested on macOS and Windows.
 */
export const openBrowser = async (url: URL, env: NodeJS.ProcessEnv): Promise<boolean> => {
  const [command, ...args] = browserCommand(env) ?? [];
  const path = command === undefined ? undefined : findCommand(command, env);
  if (path === undefined) return false;
  const { execa } = await import('execa');
  const opened = execa(path, [...args, url.href], {
    stdio: 'ignore',
    reject: false,
    env,
    extendEnv: false,
    // Some programs stay as long as their window.
    detached: true,
    cleanup: false,
  });
  opened.nodeChildProcess.unref();
  const ended = await Promise.race([opened, shortly()]);
  return ended === undefined || ended.exitCode === 0;
};

/** A program that cannot open anything says so soon. */
const FAILS_WITHIN_MS = 1_500;

const shortly = (): Promise<undefined> =>
  new Promise((resolve) => {
    setTimeout(resolve, FAILS_WITHIN_MS, undefined).unref();
  });

const browserCommand = (env: NodeJS.ProcessEnv): readonly string[] | undefined => {
  const named = env['MCP_HUB_BROWSER']?.trim() ?? '';
  if (named === 'off') return undefined;
  if (named !== '') return named.split(/\s+/);
  switch (process.platform) {
    case 'darwin':
      return ['open'];
    case 'win32':
      return ['rundll32.exe', 'url.dll,FileProtocolHandler'];
    default:
      // Without a display an opener would start a browser of the terminal in the place of the hub's text.
      return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : env['WSL_DISTRO_NAME'] ? ['wslview'] : undefined;
  }
};
