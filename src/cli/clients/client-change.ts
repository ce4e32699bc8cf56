import { rm } from 'node:fs/promises';
import type { ClientDefinition } from '../../config/clients/client.ts';
import { type ClientText, readClientFile } from '../../config/clients/client-document.ts';
import type { LocatedFile } from '../../config/clients/client-paths.ts';
import { replaceFile } from '../../config/replace-file.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { CliContext } from '../context.ts';
import { backupFile, forgetRegistration, keepRegistration, type Registration } from './registration.ts';

/** What is about to be done to the file of one client. */
export interface ClientChange {
  readonly client: ClientDefinition;
  readonly located: LocatedFile;
  readonly original: ClientText;
  /** Undefined: the file is taken away. */
  readonly text: string | undefined;
  /** What to keep for the way back; undefined: what was kept is thrown away. */
  readonly registration: Registration | undefined;
}

/** Whether the file changes by it. */
export const isChange = ({ original, text }: ClientChange): boolean => original.text !== text;

/**
 * Makes a change: first what the way back needs is kept, then the file is replaced in one step, with its permissions and its
 * byte order mark, through a symbolic link where it is one.
 * @throws HubError where it cannot be written, or somebody else has changed it meanwhile; then it is as it was.
 */
export const applyChange = async (context: CliContext, change: ClientChange): Promise<void> => {
  const { client, original, text, registration } = change;
  const { path, hasByteOrderMark } = original;
  if (readClientFile(path).text !== original.text)
    throw new HubError('CONFIG_INVALID', `cannot change ${path}: ${client.name} has just changed it itself`, {
      hint: 'run the command again',
    });
  if (registration !== undefined) await keepRegistration(context.env, registration);
  if (text === undefined) await rm(path, { force: true });
  else if (isChange(change)) await replaceFile(path, (hasByteOrderMark ? '\uFEFF' : '') + text, { keepsOld: false });
  if (registration === undefined) await forgetRegistration(context.env, client.id, path);
};

/** The copy of the file as it was before the hub was in it; undefined where there was none. */
export const backupOf = (context: CliContext, { client, original, registration }: ClientChange): string | undefined =>
  registration?.before === undefined ? undefined : backupFile(context.env, client.id, original.path);
