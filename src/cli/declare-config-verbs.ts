import { type Command, Option } from 'commander';
import type { ConfigEditFlags } from './commands/config-edit.ts';
import type { GlobalOptions } from './context.ts';
import type { Declaration } from './program.ts';
import { addVerb } from './verb.ts';

export interface ConfigFlags extends GlobalOptions {
  readonly json?: boolean;
  readonly showSecrets?: boolean;
}

/** `config` and what is below it. */
export const declareConfigVerbs = (program: Command, { context, finish }: Declaration): void => {
  program.commandsGroup('Configuration:');
  const config = addVerb(program, 'config', {
    summary: 'path, show, edit, validate or schema of the configuration',
    sentence: 'Look at the configuration, or edit it: where it is, what is wrong.',
    examples: ['mcp-hub config path', 'mcp-hub config edit', 'mcp-hub config validate'],
    next: 'mcp-hub config validate',
  });
  config.helpCommand(false);
  addVerb(config, 'path', {
    summary: 'which files are read, and why',
    sentence: 'Print which configuration file is read and why, and where the state is.',
    examples: ['mcp-hub config path', 'mcp-hub config path --json'],
    next: 'mcp-hub config edit',
  })
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runConfigPath } = await import('./commands/config-path.ts');
      finish(await runConfigPath(context, command.optsWithGlobals<ConfigFlags>()));
    });
  addVerb(config, 'show', {
    summary: 'the configuration as the hub understands it',
    sentence: 'Print the configuration with all defaults, with its secrets hidden.',
    examples: ['mcp-hub config show', 'mcp-hub config show --show-secrets'],
    next: 'mcp-hub config validate',
  })
    .option('--json', 'print one JSON object (the same)')
    .option('--show-secrets', 'print secrets as they are')
    .action(async (_flags: unknown, command: Command) => {
      const { runConfigShow } = await import('./commands/config-show.ts');
      finish(await runConfigShow(context, command.optsWithGlobals<ConfigFlags>()));
    });
  addVerb(config, 'edit', {
    summary: 'open it in your editor, and check it afterwards',
    sentence: 'Edit the configuration in $VISUAL or $EDITOR; a broken edit is never stored.',
    examples: ['mcp-hub config edit', 'EDITOR="code --wait" mcp-hub config edit', 'mcp-hub config edit -s project'],
    next: 'mcp-hub config validate',
  })
    .addOption(new Option('-s, --scope <scope>', 'user, or project (.mcp-hub.json here)').choices(['user', 'project']))
    .action(async (_flags: unknown, command: Command) => {
      const { runConfigEdit } = await import('./commands/config-edit.ts');
      finish(await runConfigEdit(context, command.optsWithGlobals<ConfigEditFlags>()));
    });
  addVerb(config, 'validate', {
    summary: 'say what is wrong, with file, line and column',
    sentence: 'Check the configuration; exit 3 when something in it is wrong.',
    examples: ['mcp-hub config validate', 'mcp-hub config validate --config ./work.json --json'],
    next: 'mcp-hub list --check',
  })
    .option('--json', 'print one JSON object')
    .action(async (_flags: unknown, command: Command) => {
      const { runConfigValidate } = await import('./commands/config-validate.ts');
      finish(await runConfigValidate(context, command.optsWithGlobals<ConfigFlags>()));
    });
  addVerb(config, 'schema', {
    summary: 'the JSON Schema of the configuration file',
    sentence: 'Print the JSON Schema of the configuration file.',
    examples: ['mcp-hub config schema', 'mcp-hub config schema > mcp-hub.schema.json'],
    next: 'mcp-hub config edit',
  }).action(async () => {
    const { runConfigSchema } = await import('./commands/config-schema.ts');
    finish(await runConfigSchema(context));
  });
  declareCache(program, { context, finish });
};

const declareCache = (program: Command, { context, finish }: Pick<Declaration, 'context' | 'finish'>): void => {
  const cache = addVerb(program, 'cache', {
    summary: 'clear what is remembered of servers',
    sentence: 'Forget what servers offered last time; `list` shows how old that is.',
    examples: ['mcp-hub cache clear', 'mcp-hub cache clear github'],
    next: 'mcp-hub list --check',
  });
  cache.helpCommand(false);
  addVerb(cache, 'clear [name]', {
    summary: 'forget what one server offers, or all do',
    sentence: 'Forget what servers offer, so that the next hub asks them anew.',
    examples: ['mcp-hub cache clear', 'mcp-hub cache clear github --json'],
    next: 'mcp-hub list --check',
  })
    .option('--json', 'print one JSON object')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const { runCacheClear } = await import('./commands/cache.ts');
      finish(await runCacheClear(context, name, command.optsWithGlobals<ConfigFlags>()));
    });
};
