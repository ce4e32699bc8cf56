import { type Command, Option } from 'commander';

/** What the help of a verb says. Lines of examples are at most 76 characters, so that help fits into 80 columns. */
export interface VerbHelp {
  /** One line in the list of verbs. */
  readonly summary: string;
  /** One sentence below the usage line. */
  readonly sentence: string;
  /** Commands as they are typed, the most common first; shown before the options. */
  readonly examples: readonly string[];
  /** Lines below the options: what words mean that the verb reads or prints. */
  readonly notes?: readonly string[];
  /** What to run next. */
  readonly next?: string;
  /** Replaces the usage line that is made from the arguments. */
  readonly usage?: string;
}

/** Heading of the options that every verb has. */
export const GLOBAL_GROUP = 'Global options:';

/** Widest line of a help text. */
export const HELP_COLUMNS = 80;

/** Adds a verb. `nameAndArguments` is commander's notation, `get <name>`. */
export const addVerb = (parent: Command, nameAndArguments: string, help: VerbHelp): Command => {
  const verb = parent.command(nameAndArguments).summary(help.summary);
  describeWithExamples(verb, help);
  return verb;
};

/** The description is the place before the options; text with indented lines is printed as it is. */
export const describeWithExamples = (command: Command, help: VerbHelp): void => {
  const examples = help.examples.map((example) => `  ${example}`).join('\n');
  command.description(`${help.sentence}\n\nExamples:\n${examples}`);
  if (help.usage !== undefined) command.usage(help.usage);
  if (help.notes !== undefined) command.addHelpText('after', `\n${help.notes.join('\n')}`);
  if (help.next !== undefined) command.addHelpText('after', `\nNext: ${help.next}`);
};

/** Gives the command and all below it `--config` and `--debug`, as the last group of their help. */
export const addGlobalOptions = (command: Command): void => {
  command.addOption(new Option('--config <file>', 'read this file (or set MCP_HUB_CONFIG)').helpGroup(GLOBAL_GROUP));
  command.addOption(new Option('--debug', 'show the stack of an error').helpGroup(GLOBAL_GROUP));
  for (const child of command.commands) addGlobalOptions(child);
};

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  value,
];
