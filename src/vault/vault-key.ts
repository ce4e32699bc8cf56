import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { HubError } from '../errors/hub-error.ts';
import { type Keychain, openKeychain } from './keychain.ts';
import { createPrivately } from './private-write.ts';
import { KEY_BYTES, keyName } from './seal.ts';
import type { KeyPlace, VaultDocument } from './vault-document.ts';

export interface VaultKey {
  readonly key: Buffer;
  readonly place: KeyPlace;
}

export interface KeyOptions {
  /** The file of the secrets, which gives the key its name in the keychain. */
  readonly file: string;
  /** Where the key is kept when there is no keychain. */
  readonly keyFile: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The key of a file that is there.
 * @throws HubError STORE_UNAVAILABLE where it cannot be had, or is another
 */
export const findKey = async (document: VaultDocument, options: KeyOptions): Promise<VaultKey> => {
  const place = document.keyPlace;
  const key = place === 'keychain' ? await keyFromKeychain(options) : keyFromFile(options.keyFile);
  if (key === undefined || key.length !== KEY_BYTES || keyName(key) !== document.keyName)
    throw unopened(
      options.file,
      place === 'keychain' ? 'the keychain has not its key' : `${options.keyFile} has not its key`,
    );
  return { key, place };
};

/** A new key: in the keychain where one gives back what it was given, else in a file of its own. */
export const makeKey = async (options: KeyOptions): Promise<VaultKey> => {
  const key = randomBytes(KEY_BYTES);
  const keychain = await openKeychain(options.env);
  if (keychain !== undefined && (await isKept(keychain, accountOf(options.file), key)))
    return { key, place: 'keychain' };
  if (await createPrivately(options.keyFile, `${key.toString('base64')}\n`)) return { key, place: 'file' };
  const earlier = keyFromFile(options.keyFile);
  if (earlier?.length !== KEY_BYTES) throw unopened(options.file, `${options.keyFile} holds no key`);
  return { key: earlier, place: 'file' };
};

/** Each state directory has a key of its own. */
const accountOf = (file: string): string => `key of ${file}`;

const isKept = async (keychain: Keychain, account: string, key: Buffer): Promise<boolean> => {
  const text = key.toString('base64');
  try {
    await keychain.set(account, text);
    return (await keychain.get(account)) === text;
  } catch {
    return false;
  }
};

const keyFromKeychain = async ({ file, env }: KeyOptions): Promise<Buffer | undefined> => {
  const keychain = await openKeychain(env);
  if (keychain === undefined)
    throw unopened(file, env['MCP_HUB_KEYCHAIN'] === 'off' ? 'MCP_HUB_KEYCHAIN is off' : 'there is no keychain here');
  try {
    const text = await keychain.get(accountOf(file));
    return text === undefined ? undefined : Buffer.from(text, 'base64');
  } catch (error) {
    throw unopened(file, `the keychain does not give its key: ${(error as Error).message}`, error);
  }
};

/** A key that others could read is closed to them. */
const keyFromFile = (keyFile: string): Buffer | undefined => {
  try {
    if (process.platform !== 'win32' && (statSync(keyFile).mode & 0o077) !== 0) chmodSync(keyFile, 0o600);
    return Buffer.from(readFileSync(keyFile, 'utf8').trim(), 'base64');
  } catch {
    return undefined;
  }
};

const unopened = (file: string, why: string, cause?: unknown): HubError =>
  new HubError('STORE_UNAVAILABLE', `the secrets in ${file} cannot be opened: ${why}`, {
    cause,
    hint: 'unlock the keychain or bring the key back; else remove the file, and set your secrets and logins again',
  });
