import { settledWithin } from '../utils/settled-within.ts';

/** The keychain of the system, as far as the hub uses it: one text under a name. */
export interface Keychain {
  /** Undefined where there is nothing under the name. */
  get(name: string): Promise<string | undefined>;
  set(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Under this name the system's own programs show what the hub keeps. */
const SERVICE = 'mcp-hub';
/** A locked keychain asks its person for a password. */
const PATIENCE_MS = 60_000;

/**
 * The macOS Keychain, the Credential Manager of Windows, or the Secret Service of a Linux desktop (GNOME Keyring, KWallet).
 * Undefined where its package is not installed, or `MCP_HUB_KEYCHAIN` is `off`. The keys of the Linux kernel are not used:
 * they are lost with each start of the machine. Only Linux is tested.
 */
export const openKeychain = async (env: NodeJS.ProcessEnv): Promise<Keychain | undefined> => {
  if (env['MCP_HUB_KEYCHAIN'] === 'off') return undefined;
  const { AsyncEntry } = await import('@napi-rs/keyring').catch(() => ({ AsyncEntry: undefined }));
  if (AsyncEntry === undefined) return undefined;
  const entryOf = (name: string) => new AsyncEntry(SERVICE, name, { linux: { store: 'secret-service' } });
  return {
    get: async (name) => (await inTime(entryOf(name).getPassword())) ?? undefined,
    set: (name, text) => inTime(entryOf(name).setPassword(text)),
    remove: async (name) => void (await inTime(entryOf(name).deletePassword())),
  };
};

const inTime = async <T>(asked: Promise<T>): Promise<T> => {
  if (await settledWithin(asked, PATIENCE_MS)) return asked;
  throw new Error('the keychain did not answer in time');
};
