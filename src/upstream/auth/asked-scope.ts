import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from '../../vault/file-lock.ts';
import { writePrivately } from '../../vault/private-write.ts';

/**
 * The scope that a server has named when it refused a request that had no login, until the next login. That login may not
 * meet the refusal again: many servers let everybody open a connection, and want a login for what comes after.
 */
export interface AskedScope {
  /** Undefined for none, and where it cannot be read. */
  read(): string | undefined;
  /** Keeps it instead of the one before; undefined forgets that. What is no list of scopes is not kept. */
  keep(scope: string | undefined): Promise<void>;
}

/** A scope is no secret, and to keep one no key is made. */
export const createAskedScope = (folder: string, key: string): AskedScope => {
  const file = join(folder, 'asked-scopes.json');
  return {
    read: () => readScopes(file).get(key),
    async keep(scope) {
      if (readScopes(file).get(key) === scope || (scope !== undefined && !isScope(scope))) return;
      await withFileLock(`${file}.lock`, async () => {
        const scopes = new Map(readScopes(file));
        if (scope === undefined) scopes.delete(key);
        else scopes.set(key, scope);
        await writePrivately(file, `${JSON.stringify({ version: 1, scopes: Object.fromEntries(scopes) })}\n`);
      });
    },
  };
};

interface AskedScopes {
  readonly version: 1;
  readonly scopes: Readonly<Record<string, string>>;
}

const readScopes = (file: string): ReadonlyMap<string, string> => {
  try {
    const { version, scopes } = JSON.parse(readFileSync(file, 'utf8')) as AskedScopes;
    return new Map(version === 1 ? Object.entries(scopes) : []);
  } catch {
    return new Map();
  }
};

const MAX_LENGTH = 4096;

/** https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
const isScope = (text: string): boolean => text.length <= MAX_LENGTH && /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/.test(text);
