// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import type { Command } from 'commander';
import type { GlobalOptions } from './context.ts';
import type { Declaration } from './program.ts';
import { addVerb } from './verb.ts';

export interface SecretFlags extends GlobalOptions {
  readonly json?: boolean;
}

/** Verbs about what servers are given: secrets, trust, logins. */
export const declareAccountVerbs = (program: Command, declaration: Declaration): void => {
  program.commandsGroup('Secrets and logins:');
  declareLogin(program, declaration);
  declareSecret(program, declaration);
  declareTrust(program, declaration);
};

export interface LoginFlags extends GlobalOptions {
  readonly json?: boolean;
  /** False after `--no-browser`. */
  readonly browser: boolean;
  readonly scope?: string;
}

const declareLogin = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'login <name>', {
    summary: 'log in at a remote server',
    sentence: 'Log in at a remote server with OAuth, and keep the login.',
    examples: [
      'mcp-hub login sentry',
      'mcp-hub login sentry --no-browser',
      "mcp-hub login sentry --scope 'read write'",
    ],
    notes: [
      'The login is kept sealed, shared by all hubs of yours, and renewed by itself.',
      'A hub that is running takes it with its next call.',
    ],
    next: 'mcp-hub list --check',
  })
    .option('--no-browser', 'print the address, and take what a browser elsewhere ends at')
    .option('--scope <scopes>', 'ask for these scopes; default those that the server asks for')
    .option('--json', 'print one JSON object')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const { runLogin } = await import('./commands/login.ts');
      finish(await runLogin(context, name, command.optsWithGlobals<LoginFlags>()));
    });
  addVerb(program, 'logout <name>', {
    summary: 'end and forget the login at a remote server',
    sentence: 'Forget the login at a remote server, and end it there where that can be done.',
    examples: ['mcp-hub logout sentry'],
    next: 'mcp-hub list',
  })
    .option('--json', 'print one JSON object')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const { runLogout } = await import('./commands/login.ts');
      finish(await runLogout(context, name, command.optsWithGlobals<LoginFlags>()));
    });
};

export interface TrustFlags extends GlobalOptions {
  readonly json?: boolean;
  readonly list?: boolean;
  readonly revoke?: boolean;
  readonly yes?: boolean;
}

const declareTrust = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'trust [path]', {
    summary: "let the hub read a project's own configuration",
    sentence: "Show what a project's configuration would start, and let the hub read it.",
    examples: ['mcp-hub trust', 'mcp-hub trust ~/code/shop', 'mcp-hub trust --list', 'mcp-hub trust --revoke'],
    notes: [
      'The approval holds for each command, its arguments, directory, variables, URL',
      'and headers, and for the "hub" settings as they are now. After a change the',
      'file is ignored until it is trusted again.',
    ],
    next: 'mcp-hub list',
  })
    .option('--list', 'list the files that are trusted')
    .option('--revoke', 'trust the file no longer')
    .option('--yes', 'trust it without being asked')
    .option('--json', 'print one JSON object')
    .action(async (path: string | undefined, _flags: unknown, command: Command) => {
      const { runTrust } = await import('./commands/trust.ts');
      finish(await runTrust(context, path, command.optsWithGlobals<TrustFlags>()));
    });
};

const declareSecret = (program: Command, { context, finish }: Declaration): void => {
  const secret = addVerb(program, 'secret', {
    summary: 'keep tokens and passwords out of the configuration',
    sentence: 'Keep secrets sealed, and refer to them in the configuration as ${keychain:NAME}.',
    examples: [
      'mcp-hub secret set github-token',
      'pass show github | mcp-hub secret set github-token',
      'mcp-hub secret list',
      "mcp-hub add docs https://x.dev/mcp -H 'Authorization: ${keychain:docs}'",
    ],
    next: 'mcp-hub secret set <name>',
  });
  secret.helpCommand(false);
  addVerb(secret, 'set <name> [words...]', {
    summary: 'keep a value; it is asked for, or read from a pipe',
    sentence: 'Keep a secret under a name. Its value is typed unseen, or piped in.',
    usage: '[options] <name>',
    examples: ['mcp-hub secret set github-token', 'mcp-hub secret set github-token < token.txt'],
    next: 'mcp-hub list    (with ${keychain:github-token} in the configuration)',
  })
    .option('--json', 'print one JSON object')
    .action(async (name: string, words: string[], _flags: unknown, command: Command) => {
      const { runSecretSet } = await import('./commands/secret.ts');
      finish(await runSecretSet(context, name, words, command.optsWithGlobals<SecretFlags>()));
    });
  addVerb(secret, 'list', {
    summary: 'the names of what is kept, never the values',
    sentence: 'List the secrets by their names.',
    examples: ['mcp-hub secret list', 'mcp-hub secret list --json'],
    next: 'mcp-hub secret set <name>',
  })
    .alias('ls')
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runSecretList } = await import('./commands/secret.ts');
      finish(await runSecretList(context, command.optsWithGlobals<SecretFlags>()));
    });
  addVerb(secret, 'remove <names...>', {
    summary: 'forget secrets',
    sentence: 'Forget secrets. Servers that refer to them are not started any more.',
    examples: ['mcp-hub secret remove github-token'],
    next: 'mcp-hub secret list',
  })
    .alias('rm')
    .option('--json', 'print one JSON object')
    .action(async (names: string[], _flags: unknown, command: Command) => {
      const { runSecretRemove } = await import('./commands/secret.ts');
      finish(await runSecretRemove(context, names, command.optsWithGlobals<SecretFlags>()));
    });
};
