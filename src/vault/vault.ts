import { statSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../errors/hub-error.ts';
import { withFileLock } from './file-lock.ts';
import { writePrivately } from './private-write.ts';
import { keyName, seal, unseal } from './seal.ts';
import {
  type EntryFacts,
  type KeyPlace,
  readVaultDocument,
  type StoredEntry,
  type VaultDocument,
} from './vault-document.ts';
import { findKey, type KeyOptions, makeKey, type VaultKey } from './vault-key.ts';

export interface VaultEntry {
  readonly name: string;
  readonly facts: EntryFacts;
}

/**
 * Where secrets and logins are kept: one file of sealed values in the state directory, whose key is in the keychain of the
 * system or, where there is none, in a second file. Several hubs may use it at once. Nothing is made before the first write.
 * All of it throws HubError STORE_UNAVAILABLE where the file or its key cannot be used.
 */
export interface Vault {
  readonly file: string;
  /** Where the key is; undefined while nothing is kept. */
  keyPlace(): KeyPlace | undefined;
  /** What is kept under names that begin so, without its values: no key is needed. */
  list(prefix: string): readonly VaultEntry[];
  read(name: string): Promise<string | undefined>;
  /** The facts can be read without the key. */
  write(name: string, value: string, facts: EntryFacts): Promise<void>;
  /** False where there was nothing. */
  remove(name: string): Promise<boolean>;
  /** Changes with each write of any process; undefined while nothing is kept. */
  stamp(): string | undefined;
  /** Runs `work` while no other process works under the same name. Not for use within itself. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export const openVault = (stateDir: string, env: NodeJS.ProcessEnv): Vault => {
  const file = join(stateDir, 'secrets.json');
  const keyOptions: KeyOptions = { file, keyFile: join(stateDir, 'secrets.key'), env };
  let known: { readonly name: string; readonly key: Promise<VaultKey> } | undefined;

  const keyOf = (document: VaultDocument): Promise<VaultKey> => {
    if (known?.name !== document.keyName) known = { name: document.keyName, key: findKey(document, keyOptions) };
    // What failed once may work the next time: a keychain can be unlocked.
    known.key.catch(() => (known = undefined));
    return known.key;
  };

  const change = (edit: (entries: Record<string, StoredEntry>, key: Buffer) => boolean): Promise<boolean> =>
    withFileLock(`${file}.lock`, async () => {
      const before = readVaultDocument(file);
      const { key, place } = before === undefined ? await makeKey(keyOptions) : await keyOf(before);
      const entries = { ...before?.entries };
      if (!edit(entries, key)) return false;
      const document: VaultDocument = { version: 1, keyPlace: place, keyName: keyName(key), entries };
      await writePrivately(file, `${JSON.stringify(document, undefined, 1)}\n`).catch((error: Error) => {
        throw new HubError('STORE_UNAVAILABLE', `${file} cannot be written: ${error.message}`, { cause: error });
      });
      return true;
    });

  return {
    file,
    keyPlace: () => readVaultDocument(file)?.keyPlace,
    list: (prefix) =>
      Object.entries(readVaultDocument(file)?.entries ?? {})
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { facts }]) => ({ name, facts })),
    async read(name) {
      const document = readVaultDocument(file);
      const entry = document && entryOf(document.entries, name);
      if (document === undefined || entry === undefined) return undefined;
      const { key } = await keyOf(document);
      try {
        return unseal(key, entry.sealed, about(name, entry.facts));
      } catch (error) {
        throw tampered(file, name, error);
      }
    },
    async write(name, value, facts) {
      await change((entries, key) => {
        entries[name] = { facts, sealed: seal(key, value, about(name, facts)) };
        return true;
      });
    },
    async remove(name) {
      if (entryOf(readVaultDocument(file)?.entries ?? {}, name) === undefined) return false;
      return change((entries) => {
        const isThere = entryOf(entries, name) !== undefined;
        delete entries[name];
        return isThere;
      });
    },
    stamp() {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
    },
    alone: (name, work) => withFileLock(join(stateDir, `${name}.lock`), work, { waitMs: ALONE_MS }),
  };
};

/** A login or a refresh of another process may take as long as its authorization server does. */
const ALONE_MS = 45_000;

const entryOf = (entries: Readonly<Record<string, StoredEntry>>, name: string): StoredEntry | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;

const tampered = (file: string, name: string, cause: unknown): HubError =>
  new HubError('STORE_UNAVAILABLE', `"${name}" in ${file} cannot be opened: it was changed`, { cause });

/** A value cannot be passed off as that of another name, nor with other facts. */
const about = (name: string, facts: EntryFacts): string => JSON.stringify(['mcp-hub', 1, name, facts]);
