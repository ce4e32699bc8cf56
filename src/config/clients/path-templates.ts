import { existsSync, readdirSync } from 'node:fs';
import { absolute, homeDirectory, pathOf } from '../home-directory.ts';
import type { ClientPlatform, PathTemplates } from './client.ts';

/** The machine that clients are looked for on; tests hand in another. */
export interface ClientMachine {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** The folder whose project files count, absolute. */
  readonly project: string;
  /** Default: the file system of this machine. */
  readonly exists?: (path: string) => boolean;
  /** Names in a folder; none where it cannot be read. Default: the file system of this machine. */
  readonly list?: (folder: string) => readonly string[];
}

export interface Place {
  readonly path: string;
  /** Whether a variable or a name that was found says that it is this one. */
  readonly isDefinite: boolean;
}

/** The paths that templates stand for on a machine, in their order. */
export const expand = (templates: PathTemplates, machine: ClientMachine): readonly Place[] => {
  const own = Array.isArray(templates) ? (templates as readonly string[]) : ofPlatform(templates, machine.platform);
  return own.flatMap((template) => {
    const filled = fillIn(template, machine);
    if (filled === undefined) return [];
    const isDefinite = /\{[A-Z]|\*/.test(template);
    return glob(filled, machine).map((path) => ({ path, isDefinite }));
  });
};

const ofPlatform = (templates: PathTemplates, platform: NodeJS.Platform): readonly string[] =>
  (templates as Readonly<Record<ClientPlatform, readonly string[]>>)[
    platform === 'darwin' || platform === 'win32' ? platform : 'linux'
  ];

const fillIn = (template: string, machine: ClientMachine): string | undefined => {
  const { join } = pathOf(machine.platform);
  let isKnown = true;
  const filled = template.replaceAll(/\{(\w+)\}/g, (_reference, name: string) => {
    const folder = folderOf(name, machine);
    if (folder === undefined) isKnown = false;
    return folder ?? '';
  });
  return isKnown ? join(filled) : undefined;
};

const folderOf = (name: string, { env, platform, project }: ClientMachine): string | undefined => {
  const { join } = pathOf(platform);
  const home = homeDirectory(env, platform);
  switch (name) {
    case 'home':
      return home;
    case 'project':
      return project;
    case 'config':
      return absolute(env['XDG_CONFIG_HOME'], platform) ?? join(home, '.config');
    case 'support':
      return join(home, 'Library', 'Application Support');
    case 'appdata':
      return absolute(env['APPDATA'], platform) ?? join(home, 'AppData', 'Roaming');
    case 'localappdata':
      return absolute(env['LOCALAPPDATA'], platform) ?? join(home, 'AppData', 'Local');
    default:
      return absolute(env[name], platform);
  }
};

/** The paths that a path with `*` stands for; itself where it has none. */
const glob = (path: string, machine: ClientMachine): readonly string[] => {
  const { sep, join } = pathOf(machine.platform);
  const parts = path.split(sep);
  const star = parts.findIndex((part) => part.includes('*'));
  if (star === -1) return [path];
  const folder = parts.slice(0, star).join(sep);
  const pattern = new RegExp(`^${(parts[star] ?? '').split('*').map(escapePattern).join('.*')}$`);
  return listOn(machine)(folder)
    .filter((name) => pattern.test(name))
    .toSorted()
    .flatMap((name) => glob(join(folder, name, ...parts.slice(star + 1)), machine));
};

const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

export const existsOn = ({ exists = existsSync }: ClientMachine) => exists;
const listOn = ({ list = namesIn }: ClientMachine) => list;

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
