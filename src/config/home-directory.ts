import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** The path functions of a platform, so that the rules for one can be checked on another. */
export const pathOf = (platform: NodeJS.Platform) => (platform === 'win32' ? win32 : posix);

/** The user's home: `HOME` (`USERPROFILE` on Windows), else what the system says. */
export const homeDirectory = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string =>
  absolute(platform === 'win32' ? env['USERPROFILE'] : env['HOME'], platform) ?? homedir();

/** `value` where it is an absolute path; a relative or empty one counts as unset, as the XDG specification demands. */
export const absolute = (value: string | undefined, platform: NodeJS.Platform): string | undefined =>
  value !== undefined && pathOf(platform).isAbsolute(value) ? value : undefined;

/** `~` and `~/...` as the home directory, everything else relative to `base`; an absolute path stays. */
export const resolveUserPath = (path: string, base: string, env: NodeJS.ProcessEnv): string => {
  const { join, resolve } = pathOf(process.platform);
  return /^~(?=$|[/\\])/.test(path) ? join(homeDirectory(env), path.slice(1)) : resolve(base, path);
};
