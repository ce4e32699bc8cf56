import { accessSync, constants, readdirSync, type Stats, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isOpenTo } from '../../config/environment.ts';
import { shellWords, shortBytes, shortPath } from '../format.ts';
import type { Check, Finding } from './check.ts';

const FEWEST_FREE_BYTES = 200_000_000;

/** Where the hub keeps its log, its cache and its secrets: it must be writable, and closed to other users. */
export const checkStateDirectory: Check = {
  name: 'state',
  section: 'State',
  find: ({ context, stateDir }) => {
    const shown = shortPath(stateDir, context.env);
    const stats = statSync(stateDir, { throwIfNoEntry: false });
    if (stats === undefined)
      return [{ state: 'ok', message: `${shown} is made with the first call`, details: { path: stateDir } }];
    const fault = faultOf(stateDir, stats);
    if (fault !== undefined)
      return [{ state: 'fails', message: `${shown} ${fault}`, fix: OTHER_FOLDER, details: { path: stateDir } }];
    const findings = [...openFiles(stateDir, stats), ...lowSpace(stateDir)];
    if (findings.length > 0) return findings;
    return [{ state: 'ok', message: `${shown}, only you can read it`, details: { path: stateDir } }];
  },
};

const OTHER_FOLDER = 'export MCP_HUB_STATE_DIR=FOLDER, where clients start the hub too';

const faultOf = (path: string, stats: Stats): string | undefined => {
  if (!stats.isDirectory()) return 'is no directory, so nothing can be kept';
  if (process.getuid !== undefined && stats.uid !== process.getuid()) return 'belongs to another user';
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return 'cannot be written, so no call is logged and nothing is remembered';
  }
};

const openFiles = (stateDir: string, stats: Stats): Finding[] => {
  const files = readdirSync(stateDir).map((name) => join(stateDir, name));
  const open = files.filter((file) => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found?.isFile() === true && isOpenTo(found.mode, 0o077);
  });
  // Files are out of reach for others as long as their directory is.
  const paths = isOpenTo(stats.mode, 0o077) ? [stateDir, ...open] : [];
  return paths.map((path) => ({
    state: 'warning',
    message: `${path} can be reached by other users of this machine`,
    fix: shellWords(['chmod', path === stateDir ? '700' : '600', path]),
  }));
};

const lowSpace = (stateDir: string): Finding[] => {
  const { bavail, bsize } = statfsSync(stateDir);
  if (bavail * bsize >= FEWEST_FREE_BYTES) return [];
  const message = `the disk of ${stateDir} has ${shortBytes(bavail * bsize)} left`;
  return [{ state: 'warning', message, fix: 'make room, or lower hub.log.maxBytes: mcp-hub config edit' }];
};
