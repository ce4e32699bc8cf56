import { mkdir, readFile, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { replaceFile } from '../../config/replace-file.ts';
import { stateDirectory } from '../../config/state-directory.ts';
import { HubError } from '../../errors/hub-error.ts';
import { valueHash } from '../../utils/value-hash.ts';

/** What is kept of a registration, so that it can be undone to the byte. Files of this user alone, in the state directory. */
export interface Registration {
  readonly client: string;
  readonly path: string;
  /** What the hub is called there. */
  readonly name: string;
  /** Names of the client's own servers that went behind the hub. */
  readonly moved: readonly string[];
  /** The file as it was; undefined where there was none. */
  readonly before: string | undefined;
  /** The file as it was written. */
  readonly after: string;
}

/** `registration.json`: what the copies beside it do not tell. */
type Kept = Pick<Registration, 'name' | 'moved'> & {
  /** Whether the client had the file before. */
  readonly hadFile: boolean;
};

/** The folder of a client's file, whether or not it is there. */
export const registrationFolder = (env: NodeJS.ProcessEnv, client: string, path: string): string =>
  join(stateDirectory(env), 'clients', `${client}-${valueHash(path).slice(0, 8)}`);

/** The file as it was before the hub was registered, for a person who wants it back by hand. */
export const backupFile = (env: NodeJS.ProcessEnv, client: string, path: string): string =>
  join(registrationFolder(env, client, path), `before${extname(path)}`);

/** What is kept of the registration in a file; undefined where nothing is, or it cannot be read any more. */
export const readRegistration = async (
  env: NodeJS.ProcessEnv,
  client: string,
  path: string,
): Promise<Registration | undefined> => {
  const folder = registrationFolder(env, client, path);
  try {
    const { name, moved, hadFile } = JSON.parse(await readFile(join(folder, 'registration.json'), 'utf8')) as Kept;
    // A copy that is lost must not be taken for a file that was never there: that would be deleted.
    const before = hadFile === false ? undefined : await readFile(backupFile(env, client, path), 'utf8');
    const after = await readFile(join(folder, `after${extname(path)}`), 'utf8');
    return { client, path, name, moved, before, after };
  } catch {
    return undefined;
  }
};

/** @throws HubError `STORE_UNAVAILABLE` where it cannot be kept; then the client's file must not be changed. */
export const keepRegistration = async (env: NodeJS.ProcessEnv, registration: Registration): Promise<void> => {
  const { client, path, name, moved, before, after } = registration;
  const folder = registrationFolder(env, client, path);
  const hadFile = before !== undefined;
  const text = `${JSON.stringify({ schemaVersion: 1, client, path, name, moved, hadFile }, undefined, 2)}\n`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (hadFile) await replaceFile(backupFile(env, client, path), before, { keepsOld: false });
    await replaceFile(join(folder, `after${extname(path)}`), after, { keepsOld: false });
    await replaceFile(join(folder, 'registration.json'), text, { keepsOld: false });
    if (!hadFile) await rm(backupFile(env, client, path), { force: true });
  } catch (error) {
    throw noBackup(folder, error);
  }
};

const noBackup = (folder: string, cause: unknown): HubError =>
  new HubError('STORE_UNAVAILABLE', `cannot keep a backup in ${folder}, so nothing was changed`, { cause });

export const forgetRegistration = (env: NodeJS.ProcessEnv, client: string, path: string): Promise<void> =>
  rm(registrationFolder(env, client, path), { recursive: true, force: true });
