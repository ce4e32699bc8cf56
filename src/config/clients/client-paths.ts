import { absolute, pathOf } from '../home-directory.ts';
import type { ClientDefinition, ClientFile } from './client.ts';
import { type ClientMachine, existsOn, expand } from './path-templates.ts';

/** A file of a client on this machine. */
export interface LocatedFile {
  readonly client: ClientDefinition;
  readonly file: ClientFile;
  readonly path: string;
  readonly exists: boolean;
}

/** All files of a client that exist, in the order of its definition. */
export const existingFiles = (client: ClientDefinition, machine: ClientMachine): readonly LocatedFile[] => {
  const exists = existsOn(machine);
  const found = client.files.flatMap((file) =>
    expand(file.paths, machine)
      .filter(({ path }) => exists(path))
      .map(({ path }): LocatedFile => ({ client, file, path, exists: true })),
  );
  return found.filter(({ path }, index) => found.findIndex((other) => other.path === path) === index);
};

/**
 * The file that the hub is written into, there or not; undefined where the client has none in that scope. A place that a
 * variable or a folder of the client names comes before all others; of the others the first that exists, else the first
 * whose folder exists, else the first.
 */
export const targetFile = (
  client: ClientDefinition,
  scope: ClientFile['scope'],
  machine: ClientMachine,
): LocatedFile | undefined => {
  const exists = existsOn(machine);
  const file = client.files.find((candidate) => candidate.scope === scope && candidate.isReadOnly !== true);
  const places = file === undefined ? [] : expand(file.paths, machine);
  const { dirname } = pathOf(machine.platform);
  const chosen =
    places.find(({ isDefinite }) => isDefinite) ??
    places.find(({ path }) => exists(path)) ??
    places.find(({ path }) => exists(dirname(path))) ??
    places[0];
  return file && chosen && { client, file, path: chosen.path, exists: exists(chosen.path) };
};

/** Whether the client is on this machine, as far as its files, folders and programs show. */
export const isInstalled = (client: ClientDefinition, machine: ClientMachine): boolean => {
  const exists = existsOn(machine);
  return (
    existingFiles(client, machine).some(({ file }) => file.scope === 'user') ||
    expand(client.traces, machine).some(({ path }) => exists(path)) ||
    client.programs.some((program) => programFolders(machine).some((folder) => hasProgram(folder, program, machine)))
  );
};

/** The places that show whether the client is there, for the sentence that says that it is not. */
export const placesOf = (client: ClientDefinition, machine: ClientMachine): readonly string[] => {
  const target = targetFile(client, 'user', machine);
  return [...new Set([...(target ? [target.path] : []), ...expand(client.traces, machine).map(({ path }) => path)])];
};

const programFolders = ({ env, platform }: ClientMachine): readonly string[] =>
  (env['PATH'] ?? env['Path'] ?? '').split(pathOf(platform).delimiter).filter((folder) => absolute(folder, platform));

const hasProgram = (folder: string, program: string, machine: ClientMachine): boolean => {
  const endings = machine.platform === 'win32' ? ['.cmd', '.exe', '.bat', '.ps1'] : [''];
  return endings.some((ending) => existsOn(machine)(pathOf(machine.platform).join(folder, program + ending)));
};
