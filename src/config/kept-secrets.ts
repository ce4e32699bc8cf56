import { HubError } from '../errors/hub-error.ts';
import type { ProblemList } from './problem-list.ts';
import { stateDirectory } from './state-directory.ts';

/** Under this, and its own name, the vault keeps a secret. */
export const SECRET_PREFIX = 'secret:';

const REFERENCE = /\$\{(keychain|input):([^}]+)\}/g;

/**
 * The values of `${keychain:NAME}` and `${input:ID}` that are kept with `mcp-hub secret set`, as far as `value` refers to
 * them. Nothing is opened where it refers to none. Where they cannot be had, a problem says so and they count as unset.
 * @param onFile told of the file that they are kept in, where it refers to any
 */
export const readKeptSecrets = async (
  value: unknown,
  env: NodeJS.ProcessEnv,
  problems: ProblemList,
  onFile: (file: string) => void,
): Promise<ReadonlyMap<string, string>> => {
  const secrets = new Map<string, string>();
  const names = referredNames(value);
  if (names.size === 0) return secrets;
  const { openVault } = await import('../vault/vault.ts');
  const vault = openVault(stateDirectory(env), env);
  onFile(vault.file);
  try {
    const kept = new Set(vault.list(SECRET_PREFIX).map(({ name }) => name.slice(SECRET_PREFIX.length)));
    for (const name of names) {
      const secret = kept.has(name) ? await vault.read(SECRET_PREFIX + name) : undefined;
      if (secret !== undefined) secrets.set(name, secret);
    }
  } catch (error) {
    const { message, hint } = HubError.from(error);
    problems.report({ severity: 'warning', path: [], message: `${message}; ${hint}`, isWhole: true });
  }
  return secrets;
};

const referredNames = (value: unknown): ReadonlySet<string> => {
  const names = new Set<string>();
  if (value === undefined) return names;
  for (const [, , name] of JSON.stringify(value).matchAll(REFERENCE)) if (name !== undefined) names.add(name);
  return names;
};
