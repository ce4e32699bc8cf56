import { type Command, Option } from 'commander';
import type { ImportFlags } from './commands/import.ts';
import type { InstallFlags } from './commands/install.ts';
import type { UninstallFlags } from './commands/uninstall.ts';
import type { Declaration } from './program.ts';
import { addVerb } from './verb.ts';

/** Verbs about the clients in front of the hub. */
export const declareClientVerbs = (program: Command, declaration: Declaration): void => {
  program.commandsGroup('Clients:');
  declareImport(program, declaration);
  declareInstall(program, declaration);
  declareUninstall(program, declaration);
  declareClients(program, declaration);
};

const CLIENT_WORDS = [
  'Clients: claude-desktop, claude-code, cursor, vscode, windsurf, codex, gemini,',
  '  zed, opencode, cline, continue.',
];

const declareImport = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'import [sources...]', {
    summary: 'copy the servers of your clients into the hub',
    sentence: 'Copy the servers that your clients have into the hub; their files are only read.',
    usage: '[options] [client|file|-]...',
    examples: [
      'mcp-hub import',
      'mcp-hub import claude-desktop cursor --all',
      'mcp-hub import ~/Downloads/mcp.json --dry-run',
    ],
    notes: [...CLIENT_WORDS, 'Without any, all that are found are read. "-" is standard input.'],
    next: 'mcp-hub install',
  })
    .option('--all', 'import all without asking')
    .option('--replace', 'replace servers of the hub that differ')
    .option('--dry-run', 'show what would be written, and write nothing')
    .addOption(new Option('-s, --scope <scope>', 'user, or project (.mcp-hub.json here)').choices(['user', 'project']))
    .option('--json', 'print one JSON object')
    .action(async (sources: string[], _flags: unknown, command: Command) => {
      const { runImport } = await import('./commands/import.ts');
      finish(await runImport(context, sources, command.optsWithGlobals<ImportFlags>()));
    });
};

const declareInstall = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'install [clients...]', {
    summary: 'register the hub in your clients',
    sentence: 'Register the hub in clients, under the name "hub" and with absolute paths.',
    examples: [
      'mcp-hub install',
      'mcp-hub install claude-desktop cursor',
      'mcp-hub install claude-desktop --replace-servers',
      'mcp-hub install vscode --dry-run',
    ],
    notes: CLIENT_WORDS,
    next: 'mcp-hub clients',
  })
    .option('--all', 'all clients that are found')
    .option('--replace-servers', "move the client's own servers behind the hub")
    .option('--project', "write the client's file of this folder")
    .option('--name <name>', 'what the hub is called there (default hub)')
    .option('--force', 'write the file of a client that is not found')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--json', 'print one JSON object')
    .action(async (clients: string[], _flags: unknown, command: Command) => {
      const { runInstall } = await import('./commands/install.ts');
      finish(await runInstall(context, clients, command.optsWithGlobals<InstallFlags>()));
    });
};

const declareUninstall = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'uninstall [clients...]', {
    summary: 'take the hub out of your clients',
    sentence: 'Take the hub out of clients, and give back the servers that went behind it.',
    examples: ['mcp-hub uninstall cursor', 'mcp-hub uninstall --all', 'mcp-hub uninstall vscode --dry-run'],
    next: 'mcp-hub clients',
  })
    .option('--all', 'all clients that have it')
    .option('--project', "change the client's file of this folder")
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--json', 'print one JSON object')
    .action(async (clients: string[], _flags: unknown, command: Command) => {
      const { runUninstall } = await import('./commands/uninstall.ts');
      finish(await runUninstall(context, clients, command.optsWithGlobals<UninstallFlags>()));
    });
};

const declareClients = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'clients', {
    summary: 'list the clients, and which have the hub',
    sentence: 'List the clients on this machine, their servers, and which have the hub.',
    examples: ['mcp-hub clients', 'mcp-hub clients --json'],
    next: 'mcp-hub install',
  })
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runClients } = await import('./commands/clients.ts');
      finish(await runClients(context, command.optsWithGlobals<{ json?: boolean }>()));
    });
};
