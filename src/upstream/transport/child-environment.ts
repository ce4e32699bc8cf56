import { posix, win32 } from 'node:path';

/**
 * What a stdio server gets of the hub's own environment without asking: enough to find programs, directories, the
 * language and the network, and what the client says about its session. Nothing else, so that the tokens of one server,
 * or of the person's shell, are not seen by another. A server that needs more declares it in its `env`.
 */
const SAFE_VARIABLES: ReadonlySet<string> = new Set([
  // Who and where; the list of the MCP SDKs.
  ...['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'],
  // Language, time zone, temporary files.
  ...['LANG', 'LANGUAGE', 'TZ', 'TMPDIR'],
  // Caches and data of `npx`, `uvx` and the like. They are paths.
  ...['XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR'],
  // The desktop, for servers that open a window (a browser). They are addresses.
  ...['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY'],
  // Certificates of a company's network. They are paths.
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_DIR', 'SSL_CERT_FILE'],
  // What clients tell the servers that they start.
  ...['CLAUDECODE', 'CLAUDE_CODE_SESSION_ID', 'CLAUDE_PROJECT_DIR', 'CLAUDE_PLUGIN_DATA', 'CLAUDE_PLUGIN_ROOT'],
  ...['GEMINI_CLI', 'WORKSPACE_FOLDER_PATHS'],
]);

/** Without these a program does not start on Windows, or does not find its data. */
const SAFE_WINDOWS_VARIABLES: ReadonlySet<string> = new Set([
  ...['ALLUSERSPROFILE', 'APPDATA', 'COMPUTERNAME', 'COMSPEC', 'HOMEDRIVE', 'HOMEPATH', 'LOCALAPPDATA'],
  ...['NUMBER_OF_PROCESSORS', 'OS', 'PATHEXT', 'PROCESSOR_ARCHITECTURE', 'PROGRAMDATA', 'PROGRAMFILES'],
  ...['PROGRAMFILES(X86)', 'PROGRAMW6432', 'PUBLIC', 'SYSTEMDRIVE', 'SYSTEMROOT', 'TEMP', 'TMP'],
  ...['USERDOMAIN', 'USERNAME', 'USERPROFILE', 'WINDIR'],
]);

/**
 * `npx` and `uvx` cannot fetch a server without them where a proxy is required. One that holds a password is left out:
 * it is a secret, and has to be declared like any other.
 */
const PROXY_VARIABLES: ReadonlySet<string> = new Set(['ALL_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']);

/**
 * The environment of a stdio server: the safe part of the hub's, and over it what the configuration declares.
 * Names are compared without case on Windows, where `Path` and `PATH` are one variable.
 * @param platform default: that of this process.
 */
export const childEnvironment = (
  declared: Readonly<Record<string, string>>,
  hubEnvironment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> => {
  const isWindows = platform === 'win32';
  const sameName = (name: string): string => (isWindows ? name.toUpperCase() : name);
  const taken = new Set(Object.keys(declared).map(sameName));
  const inherited = Object.entries(hubEnvironment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !taken.has(sameName(entry[0])) && isSafe(sameName(entry[0]), entry[1], isWindows),
  );
  const search = isWindows && !taken.has('NODEFAULTCURRENTDIRECTORYINEXEPATH') ? NO_SEARCH_IN_FOLDER : {};
  return {
    ...Object.fromEntries(inherited.flatMap((entry) => withAbsolutePath(entry, isWindows))),
    ...search,
    ...declared,
  };
};

/**
 * Windows looks for a program in the working directory before `PATH`: a folder with an `npx.cmd` in it would have it run.
 * Untested on Windows.
 */
const NO_SEARCH_IN_FOLDER = { NoDefaultCurrentDirectoryInExePath: '1' };

/** Empty and relative parts of the hub's `PATH` would find programs in the working directory as well. */
const withAbsolutePath = (
  [name, value]: readonly [string, string],
  isWindows: boolean,
): readonly [string, string][] => {
  if (name.toUpperCase() !== 'PATH') return [[name, value]];
  const folders = isWindows ? windowsFolders(value) : value.split(posix.delimiter).filter(posix.isAbsolute);
  return folders.length === 0 ? [] : [[name, folders.join(isWindows ? win32.delimiter : posix.delimiter)]];
};

/**
 * A folder may stand in quotes, and then have a semicolon in it. One without a drive (`\tools`) is on that of the working
 * directory, and `C:tools` lies in a working directory too.
 */
const windowsFolders = (path: string): string[] =>
  (path.match(/(?:"[^"]*"?|[^;"])+/g) ?? []).filter((folder) => WINDOWS_ROOT.test(folder.replaceAll('"', '')));

const WINDOWS_ROOT = /^(?:[a-z]:[\\/]|[\\/]{2}[^\\/])/i;

const isSafe = (name: string, value: string, isWindows: boolean): boolean => {
  // A shell function that was exported: code, not data.
  if (value.startsWith('()')) return false;
  if (PROXY_VARIABLES.has(name.toUpperCase())) return !value.includes('@');
  return SAFE_VARIABLES.has(name) || name.startsWith('LC_') || (isWindows && SAFE_WINDOWS_VARIABLES.has(name));
};
