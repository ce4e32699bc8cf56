import { basename, dirname } from 'node:path';
import { PROJECT_NAMES } from '../config/locate.ts';
import { userConfigDirectory } from '../config/user-config-file.ts';

/** Where a server is configured. */
export interface ConfigSource {
  /** `user`: the user's own file; `project`: a project's, by its name; `file`: any other that was named. */
  readonly scope: 'user' | 'project' | 'file';
  readonly path: string;
}

/** What kind of file a configuration is, by where it lies and what it is called. */
export const sourceOf = (file: string, env: NodeJS.ProcessEnv): ConfigSource => {
  if (dirname(file) === userConfigDirectory(env)) return { scope: 'user', path: file };
  const isProject = (PROJECT_NAMES as readonly string[]).includes(basename(file));
  return { scope: isProject ? 'project' : 'file', path: file };
};
