// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { type Command, InvalidArgumentError, Option } from 'commander';
import { transportType } from '../config/client-shapes.ts';
import type { WriteFlags } from './add-servers.ts';
import type { AddFlags } from './commands/add.ts';
import type { AddFromRegistryFlags } from './commands/add-from-registry.ts';
import type { SearchFlags } from './commands/search.ts';
import type { GlobalOptions } from './context.ts';
import type { Declaration } from './program.ts';
import { addVerb, collect } from './verb.ts';

/** Verbs about the servers in the configuration. */
export const declareServerVerbs = (program: Command, declaration: Declaration): void => {
  program.commandsGroup('Servers:');
  declareAdd(program, declaration);
  declareAddJson(program, declaration);
  declareSearch(program, declaration);
  declareList(program, declaration);
  declareGet(program, declaration);
  declareRemove(program, declaration);
  declareSwitch(program, declaration, 'enable');
  declareSwitch(program, declaration, 'disable');
};

const declareAdd = (program: Command, { context, finish }: Declaration): void => {
  const verb = addVerb(program, 'add [name] [commandOrUrl] [args...]', {
    summary: 'add a server: a command or a URL',
    sentence: 'Add an MCP server to the hub.',
    usage:
      '[options] <name> (<url> | -- <command> [args...])\n       mcp-hub add --from-registry <server>[@version] [name]',
    examples: [
      'mcp-hub add files -- npx -y @modelcontextprotocol/server-filesystem .',
      'mcp-hub add github -e GITHUB_TOKEN -- npx -y github-mcp-server',
      'mcp-hub add sentry https://mcp.sentry.dev/mcp',
      "mcp-hub add docs https://example.com/mcp -H 'Authorization: ${DOCS_TOKEN}'",
      'mcp-hub add-json < copied-block.json',
      'mcp-hub add --from-registry io.github.user/weather',
    ],
    next: 'mcp-hub list --check',
  });
  verb.optionsGroup('The server:');
  verb
    .option('--url <url>', 'URL of a remote server')
    .addOption(new Option('-t, --transport <type>', 'stdio, http or sse').argParser(parseTransport))
    .addOption(new Option('--type <type>', 'the same as --transport').argParser(parseTransport).hideHelp())
    .option('-e, --env <KEY=VALUE>', 'variable; KEY alone takes it from your environment; repeatable', collect)
    .option('-H, --header <header>', '"Name: value" for a remote server; repeatable', collect)
    .option('--bearer-token-env-var <var>', 'send the token that this variable holds')
    .option('--cwd <dir>', 'directory that the command runs in')
    .option('--timeout <ms>', 'longest time of a call, in milliseconds')
    .option('--include-tools <glob>', 'offer only these tools; repeatable', collect)
    .option('--exclude-tools <glob>', 'never offer these tools; repeatable', collect)
    .option('--disabled', 'add it switched off');
  declareRegistryOptions(verb);
  declareWriteOptions(verb);
  verb.action(
    async (
      name: string | undefined,
      commandOrUrl: string | undefined,
      args: string[],
      _: unknown,
      command: Command,
    ) => {
      const flags = command.optsWithGlobals<AddFlags & Partial<AddFromRegistryFlags>>();
      if (isFromRegistry(flags)) {
        const { runAddFromRegistry } = await import('./commands/add-from-registry.ts');
        const rest = [...(commandOrUrl === undefined ? [] : [commandOrUrl]), ...args];
        return finish(await runAddFromRegistry(context, { name, rest }, flags));
      }
      const { runAdd } = await import('./commands/add.ts');
      finish(await runAdd(context, { name, commandOrUrl, args }, flags));
    },
  );
};

const declareRegistryOptions = (verb: Command): void => {
  verb.optionsGroup('From the public registry (see mcp-hub search):');
  verb
    .option('--from-registry <server>', 'its name there, with @VERSION for one that is not the newest')
    .addOption(new Option('--package <kind>', 'how it is run').choices(['npm', 'pypi', 'oci', 'nuget', 'remote']))
    .option('--set <NAME=VALUE>', 'value of an argument that it needs; repeatable', collect)
    .option('--yes', 'do not ask; the command is shown all the same')
    .option('--registry <url>', 'another registry (or set MCP_HUB_REGISTRY_URL)');
};

const isFromRegistry = (flags: Partial<AddFromRegistryFlags>): flags is AddFromRegistryFlags =>
  flags.fromRegistry !== undefined;

const declareSearch = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'search <words...>', {
    summary: 'find servers in the public registry',
    sentence: 'Find servers whose name in the public registry holds a word.',
    examples: ['mcp-hub search github', 'mcp-hub search weather --limit 50', 'mcp-hub search files --json'],
    notes: [
      'The registry is that of modelcontextprotocol.io. It checks who owns a name, not',
      'what a server does: read the command that "add" shows before you agree to it.',
    ],
    next: 'mcp-hub add --from-registry <server>',
  })
    .option('--limit <count>', 'at most so many (default 20)')
    .option('--registry <url>', 'another registry (or set MCP_HUB_REGISTRY_URL)')
    .option('--json', 'print one JSON object')
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { runSearch } = await import('./commands/search.ts');
      finish(await runSearch(context, words, command.optsWithGlobals<SearchFlags>()));
    });
};

/** Words of other programs for the same transports are understood; the message names ours. */
const parseTransport = (value: string): string => {
  const type = transportType(value);
  if (type === undefined) throw new InvalidArgumentError('Allowed choices are stdio, http, sse.');
  return type;
};

const declareAddJson = (program: Command, { context, finish }: Declaration): void => {
  const verb = addVerb(program, 'add-json [nameOrJson] [json]', {
    summary: 'add servers from pasted JSON',
    sentence: 'Add one server, or a whole block copied from a README or another client.',
    usage: '[options] [name] <json|->',
    examples: [
      'mcp-hub add-json files \'{"command":"npx","args":["-y","files-mcp"]}\'',
      'mcp-hub add-json \'{"mcpServers":{"docs":{"url":"https://x.dev/mcp"}}}\'',
      'mcp-hub add-json < copied-block.json',
    ],
    next: 'mcp-hub list --check',
  });
  declareWriteOptions(verb);
  verb.action(async (nameOrJson: string | undefined, json: string | undefined, _flags: unknown, command: Command) => {
    const { runAddJson } = await import('./commands/add-json.ts');
    finish(await runAddJson(context, { nameOrJson, json }, command.optsWithGlobals<WriteFlags>()));
  });
};

const declareWriteOptions = (verb: Command): void => {
  verb.optionsGroup('Options:');
  verb
    .addOption(new Option('-s, --scope <scope>', 'user, or project (.mcp-hub.json here)').choices(['user', 'project']))
    .option('--force', 'replace a server of that name')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--no-check', 'do not start the server to try it')
    .option('--json', 'print one JSON object');
};

export interface ListFlags extends GlobalOptions {
  readonly check?: boolean;
  readonly json?: boolean;
}

const declareList = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'list', {
    summary: 'list the servers and how they were last seen',
    sentence: 'List the configured servers with their last known status.',
    examples: ['mcp-hub list', 'mcp-hub list --check', 'mcp-hub list --json'],
    notes: [
      'Status:',
      '  ok        it answered when it was last started',
      '  failed    it did not; why stands below it',
      '  new       it was never started',
      '  unset     it needs variables that are not set',
      '  login     it wants a login; the command stands below it',
      '  disabled  it is switched off',
      '  invalid   its entry cannot be served; why stands below it',
    ],
    next: 'mcp-hub get <name>',
  })
    .alias('ls')
    .option('--check', 'start every server now; exit 5 when one is unhealthy')
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runList } = await import('./commands/list.ts');
      finish(await runList(context, command.optsWithGlobals<ListFlags>()));
    });
};

export interface GetFlags extends GlobalOptions {
  readonly json?: boolean;
  readonly showSecrets?: boolean;
}

const declareGet = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'get <name>', {
    summary: 'show one server',
    sentence: 'Show the configuration of one server, with its secrets hidden.',
    examples: ['mcp-hub get github', 'mcp-hub get github --json', 'mcp-hub get github --show-secrets'],
    next: 'mcp-hub tools <name>',
  })
    .option('--json', 'print one JSON object')
    .option('--show-secrets', 'print secrets as they are')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const { runGet } = await import('./commands/get.ts');
      finish(await runGet(context, name, command.optsWithGlobals<GetFlags>()));
    });
};

export interface EditFlags extends GlobalOptions {
  readonly json?: boolean;
}

const declareRemove = (program: Command, { context, finish }: Declaration): void => {
  addVerb(program, 'remove <names...>', {
    summary: 'remove servers',
    sentence: 'Remove servers from the configuration.',
    examples: ['mcp-hub remove github', 'mcp-hub rm github sentry'],
    next: 'mcp-hub list',
  })
    .alias('rm')
    .option('--json', 'print one JSON object')
    .action(async (names: string[], _flags: unknown, command: Command) => {
      const { runRemove } = await import('./commands/remove.ts');
      finish(await runRemove(context, names, command.optsWithGlobals<EditFlags>()));
    });
};

const declareSwitch = (program: Command, { context, finish }: Declaration, word: 'enable' | 'disable'): void => {
  const verbing = word === 'enable' ? 'Switch on' : 'Switch off';
  addVerb(program, `${word} <targets...>`, {
    summary: `${verbing.toLowerCase()} servers, or some of their tools`,
    sentence: `${verbing} servers, or tools of a server that match a glob.`,
    examples: [`mcp-hub ${word} github`, `mcp-hub ${word} 'github.delete_*'`, `mcp-hub ${word} github sentry`],
    next: 'mcp-hub list',
  })
    .option('--json', 'print one JSON object')
    .action(async (targets: string[], _flags: unknown, command: Command) => {
      const { runSwitch } = await import('./commands/switch.ts');
      finish(await runSwitch(context, word, targets, command.optsWithGlobals<EditFlags>()));
    });
};
