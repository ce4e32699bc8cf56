import { closest } from '../../config/closest.ts';
import { SECRET_PREFIX } from '../../config/kept-secrets.ts';
import { readConfig } from '../../config/read-config.ts';
import { stateDirectory } from '../../config/state-directory.ts';
import { HubError } from '../../errors/hub-error.ts';
import { printable } from '../../utils/printable.ts';
import { openVault, type Vault } from '../../vault/vault.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import type { SecretFlags } from '../declare-account-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { ago, columns, plural, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { readSecret } from '../read-secret.ts';

/** `secret set NAME`: keeps a value that is piped in or typed unseen. It is never an argument, which others could read. */
export const runSecretSet = async (
  context: CliContext,
  name: string,
  words: readonly string[],
  flags: SecretFlags,
): Promise<number> => {
  requireName(name);
  if (words.length > 0)
    throw usage(
      'a secret does not belong on the command line, where other programs can read it',
      `run: mcp-hub secret set ${name}    (and type it when asked, or pipe it in)`,
    );
  const vault = vaultOf(context);
  const isNew = find(vault, name) === undefined;
  await vault.write(SECRET_PREFIX + name, await readSecret(context, name), { updatedAt: new Date().toISOString() });
  const reference = `\${keychain:${name}}`;
  if (flags.json === true)
    context.out(
      jsonText({ schemaVersion: 1, set: name, isNew, reference, file: vault.file, keyPlace: vault.keyPlace() }),
    );
  else
    context.out(
      `${isNew ? 'set' : 'replaced'} ${name}, ${placeText(context, vault)}\n  use   ${reference}\n  undo  mcp-hub secret remove ${name}\n`,
    );
  return EXIT.ok;
};

/** `secret list`: the names, never the values. */
export const runSecretList = async (context: CliContext, flags: SecretFlags): Promise<number> => {
  const vault = vaultOf(context);
  const secrets = vault.list(SECRET_PREFIX).map(({ name, facts }) => ({
    name: name.slice(SECRET_PREFIX.length),
    updatedAt: String(facts['updatedAt'] ?? ''),
  }));
  if (flags.json === true) {
    context.out(jsonText({ schemaVersion: 1, secrets, file: vault.file, keyPlace: vault.keyPlace() ?? null }));
    return EXIT.ok;
  }
  if (secrets.length === 0) context.out('no secrets are kept\n  keep one: mcp-hub secret set NAME\n');
  else {
    const rows = secrets.map(({ name, updatedAt }) => [printable(name), ago(Date.parse(updatedAt))]);
    context.out(
      `${columns([['SECRET', 'SET'], ...rows])}${plural(secrets.length, 'secret')}, ${placeText(context, vault)}\n`,
    );
  }
  return EXIT.ok;
};

/** `secret remove NAME...`: all of them, or none when one is not there. */
export const runSecretRemove = async (
  context: CliContext,
  names: readonly string[],
  flags: SecretFlags,
): Promise<number> => {
  const vault = vaultOf(context);
  for (const name of names) if (find(vault, name) === undefined) throw noSuchSecret(vault, name);
  for (const name of names) await vault.remove(SECRET_PREFIX + name);
  const users = await serversThatUse(context, flags, names);
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, removed: names, usedBy: users }));
  else {
    context.out(names.map((name) => `removed ${printable(name)}\n`).join(''));
    if (users.length > 0)
      context.err(`note: the configuration refers to it still: ${users.map((user) => printable(user)).join(', ')}\n`);
  }
  return EXIT.ok;
};

const vaultOf = (context: CliContext): Vault => openVault(stateDirectory(context.env), context.env);

const find = (vault: Vault, name: string) =>
  vault.list(SECRET_PREFIX).find((entry) => entry.name === SECRET_PREFIX + name);

/** A name stands between `${keychain:` and `}`, and in command lines. */
const requireName = (name: string): void => {
  if (/^[A-Za-z0-9][\w.:/@-]{0,99}$/.test(name)) return;
  throw usage(
    `"${printable(name)}" cannot be the name of a secret: letters, digits and . _ - : / @ can, up to 100`,
    'like this: mcp-hub secret set github-token',
  );
};

const noSuchSecret = (vault: Vault, name: string): HubError => {
  const meant = closest(
    name,
    vault.list(SECRET_PREFIX).map((entry) => entry.name.slice(SECRET_PREFIX.length)),
  );
  return new HubError('NOT_FOUND', `no secret "${printable(name)}" is kept`, {
    hint: meant === undefined ? 'run: mcp-hub secret list' : `did you mean "${meant}"?`,
  });
};

const placeText = (context: CliContext, vault: Vault): string =>
  `sealed in ${printable(shortPath(vault.file, context.env))}; ${
    vault.keyPlace() === 'keychain'
      ? 'the keychain of the system has the key'
      : 'there is no keychain here, so the key is in a file beside it'
  }`;

/** The servers that lack a value since the secrets are gone; none where the configuration cannot be read. */
const serversThatUse = async (context: CliContext, flags: SecretFlags, names: readonly string[]): Promise<string[]> => {
  const options = {
    env: context.env,
    cwd: context.cwd,
    ...(flags.config !== undefined && { configFile: flags.config }),
  };
  const read = await readConfig(options).catch(() => undefined);
  const references = names.map((name) => `\${keychain:${name}}`);
  return (read?.config.upstreams ?? [])
    .filter(({ missingVariables }) => missingVariables.some((variable) => references.includes(variable)))
    .map(({ name }) => name);
};
