import type { Command, Option } from 'commander';
import { printable } from '../../utils/printable.ts';
import { type ArgumentSource, argumentSource, optionSource } from './sources.ts';

/** What could stand at the cursor. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell itself completes, besides. */
  readonly paths: 'none' | 'files' | 'dirs';
}

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export interface NameSources {
  /** The servers of the configuration; empty where it cannot be read. */
  readonly servers: () => Promise<readonly string[]>;
  /** The tools that are known without a server being started, by the names that clients use. */
  readonly tools: () => Promise<readonly string[]>;
  /** The clients that the hub can be registered in. */
  readonly clients: () => Promise<readonly string[]>;
}

const NOTHING: Completion = { candidates: [], paths: 'none' };

/**
 * Completes the last of the words, which may be empty. The grammar is the program's own, so that nothing has to be kept in
 * step with it.
 * @param words what stands after the program's name, up to the cursor
 */
export const complete = async (
  program: Command,
  words: readonly string[],
  sources: NameSources,
): Promise<Completion> => {
  const { before, current, prefix } = splitWords(words);
  const place = walk(program, before);
  if (place.isForeign) return { ...NOTHING, paths: 'files' };
  const found = await candidatesAt(program, place, current, sources);
  const usable = found.candidates.filter(({ value }) => value.startsWith(current) && printable(value) === value);
  return { ...found, candidates: usable.map((candidate) => ({ ...candidate, value: prefix + candidate.value })) };
};

/**
 * `--transport=ht` is a value of an option; bash gives it as three words. What stands before the `=` is put back where the
 * shell took it for one word.
 */
const splitWords = (words: readonly string[]): { before: string[]; current: string; prefix: string } => {
  const before = words[0] === 'mcp' ? words.slice(1, -1) : words.slice(0, -1);
  const current = words.length === 1 && words[0] === 'mcp' ? 'mcp' : (words.at(-1) ?? '');
  if (current === '=' && before.at(-1)?.startsWith('--')) return { before, current: '', prefix: '' };
  if (before.at(-1) === '=' && before.at(-2)?.startsWith('--'))
    return { before: before.slice(0, -1), current, prefix: '' };
  const [, option, value] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  if (option === undefined || value === undefined) return { before, current, prefix: '' };
  return { before: [...before, option], current: value, prefix: `${option}=` };
};

interface Place {
  readonly command: Command;
  /** How many arguments of the verb stand before the cursor. */
  readonly position: number;
  /** The option whose value is at the cursor. */
  readonly option: Option | undefined;
  /** The options that were given. */
  readonly given: ReadonlySet<Option>;
  /** The words belong to the command of a server that is added. */
  readonly isForeign: boolean;
}

const walk = (program: Command, before: readonly string[]): Place => {
  let command = program;
  let position = 0;
  let option: Option | undefined;
  const given = new Set<Option>();
  for (const word of before) {
    if (option !== undefined) {
      option = undefined;
    } else if (word === '--') {
      return { command, position, option, given, isForeign: true };
    } else if (word.startsWith('-')) {
      const found = findOption(command, word);
      if (found !== undefined) given.add(found);
      option = found?.required === true && !word.includes('=') ? found : undefined;
    } else {
      const verb = position === 0 ? findVerb(command, word) : undefined;
      if (verb === undefined) position += 1;
      else command = verb;
    }
  }
  const isForeign = command.name() === 'add' && position >= 2;
  return { command, position, option, given, isForeign };
};

const findVerb = (command: Command, word: string): Command | undefined =>
  command.commands.find((verb) => verb.name() === word || verb.aliases().includes(word));

const findOption = (command: Command, word: string): Option | undefined => {
  const [flag] = word.split('=', 1);
  return command.options.find(({ short, long }) => flag === short || flag === long);
};

const candidatesAt = async (
  program: Command,
  { command, position, option, given }: Place,
  current: string,
  sources: NameSources,
): Promise<Completion> => {
  if (option !== undefined) return valuesOf(option.argChoices, optionSource(option), program, sources);
  if (current.startsWith('-')) return { candidates: optionsOf(command, given), paths: 'none' };
  const verbs = position === 0 ? verbsOf(command) : [];
  const argument = command.registeredArguments[position] ?? lastVariadic(command);
  if (argument === undefined) return { candidates: verbs, paths: 'none' };
  const values = await valuesOf(argument.argChoices, argumentSource(command, argument.name()), program, sources);
  return { ...values, candidates: [...verbs, ...values.candidates] };
};

const lastVariadic = (command: Command) => {
  const last = command.registeredArguments.at(-1);
  return last?.variadic === true ? last : undefined;
};

const valuesOf = async (
  choices: readonly string[] | undefined,
  source: ArgumentSource,
  program: Command,
  sources: NameSources,
): Promise<Completion> => {
  if (choices !== undefined) return { candidates: named(choices), paths: 'none' };
  switch (source) {
    case 'servers':
      return { candidates: named(await sources.servers()), paths: 'none' };
    case 'tools':
      return { candidates: named(await sources.tools()), paths: 'none' };
    case 'servers-or-tools':
      return { candidates: named([...(await sources.servers()), ...(await sources.tools())]), paths: 'none' };
    case 'clients':
      return { candidates: named(await sources.clients()), paths: 'none' };
    case 'clients-or-files':
      return { candidates: named(await sources.clients()), paths: 'files' };
    case 'verbs':
      return { candidates: [...verbsOf(program), ...named(['exit-codes'])], paths: 'none' };
    case 'files':
    case 'dirs':
      return { candidates: [], paths: source };
    case 'none':
      return NOTHING;
    default:
      return { candidates: named(source), paths: 'none' };
  }
};

const named = (values: readonly string[]): Candidate[] => values.map((value) => ({ value, description: '' }));

const verbsOf = (command: Command): Candidate[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((verb) => ({ value: verb.name(), description: verb.summary() }));

const optionsOf = (command: Command, given: ReadonlySet<Option>): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !given.has(option) || /repeatable/.test(option.description))
    .map((option) => ({ value: option.long ?? option.short ?? '', description: option.description }));
