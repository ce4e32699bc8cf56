import type { Command } from 'commander';

/** All verbs below a command that people are shown, those below verbs included. */
export const allVerbs = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .flatMap((verb) => [verb, ...allVerbs(verb)]);

/** The words that name a verb; none name the program. */
export const pathOf = (verb: Command): string[] => (verb.parent === null ? [] : [...pathOf(verb.parent), verb.name()]);
