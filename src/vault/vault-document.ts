import { readFileSync } from 'node:fs';
import { HubError } from '../errors/hub-error.ts';
import type { Sealed } from './seal.ts';

/** Where the key is that opens the values. */
export type KeyPlace = 'keychain' | 'file';

/** What anybody who can read the file may know of a value. */
export type EntryFacts = Readonly<Record<string, string | number | boolean>>;

export interface StoredEntry {
  readonly facts: EntryFacts;
  readonly sealed: Sealed;
}

/** The file of all secrets. Names and facts are plain, values are sealed. */
export interface VaultDocument {
  readonly version: 1;
  readonly keyPlace: KeyPlace;
  /** Tells a wrong key before anything is written with it. */
  readonly keyName: string;
  readonly entries: Readonly<Record<string, StoredEntry>>;
}

/**
 * Undefined where there is no file yet.
 * @throws HubError STORE_UNAVAILABLE where there is one that is not the hub's
 */
export const readVaultDocument = (file: string): VaultDocument | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw damaged(file, message, error);
  }
  try {
    const document = JSON.parse(text) as VaultDocument;
    if (document.version !== 1 || typeof document.entries !== 'object' || document.entries === null)
      throw new Error('it was not written by this version of the hub');
    return document;
  } catch (error) {
    throw damaged(file, (error as Error).message, error);
  }
};

const damaged = (file: string, why: string, cause: unknown): HubError =>
  new HubError('STORE_UNAVAILABLE', `the secrets in ${file} cannot be read: ${why}`, {
    cause,
    hint: 'restore that file, or remove it and set your secrets and logins again',
  });
