import type { Command, CommanderError } from 'commander';
import { closest } from '../config/closest.ts';
import { HubError } from '../errors/hub-error.ts';

/** Turns a complaint of the parser into one sentence and a hint that names what was probably meant. */
export const usageError = (thrown: CommanderError, program: Command, typed: readonly string[]): HubError => {
  const message = thrown.message
    .replace(/^error: /, '')
    .replace(/\.$/, thrown.code.endsWith('invalidArgument') ? '.' : '');
  const verb = typedVerb(program, typed);
  const hint =
    suggestion(thrown, program, verb) ?? `run: mcp-hub help${verb === undefined ? '' : ` ${verbPath(verb)}`}`;
  return new HubError('USAGE', message, { hint, cause: thrown });
};

const suggestion = (thrown: CommanderError, program: Command, verb: Command | undefined): string | undefined => {
  const wrong = /'([^']*)'/.exec(thrown.message)?.[1] ?? '';
  if (thrown.code === 'commander.unknownCommand') {
    const meant = closest(wrong, (verb ?? program).commands.flatMap(namesOf));
    return meant === undefined ? undefined : `did you mean "${meant}"?`;
  }
  if (thrown.code !== 'commander.unknownOption') return undefined;
  const meant = closest(
    wrong,
    (verb ?? program).options.flatMap((option) => option.long ?? []),
  );
  if (meant !== undefined) return `did you mean "${meant}"?`;
  return verb?.name() === 'add'
    ? 'options of the command itself go after it: mcp-hub add NAME -- COMMAND OPTIONS'
    : undefined;
};

/** The deepest verb that was named, found among what was typed. */
const typedVerb = (program: Command, typed: readonly string[]): Command | undefined => {
  let command: Command | undefined;
  for (const word of typed) {
    const found = (command ?? program).commands.find((candidate) => namesOf(candidate).includes(word));
    if (found !== undefined) command = found;
  }
  return command;
};

const verbPath = (verb: Command): string =>
  verb.parent?.parent ? `${verb.parent.name()} ${verb.name()}` : verb.name();

const namesOf = (command: Command): string[] => [command.name(), ...command.aliases()];
