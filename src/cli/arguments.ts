/** What has to be known of an option to tell its value from an argument; commander's `Option` has this shape. */
export interface OptionShape {
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  /** The option takes a value. */
  readonly required: boolean;
}

export interface VerbOptions {
  /** Options that stand before the verb. */
  readonly global: readonly OptionShape[];
  /** Options of `add`, the global ones included. */
  readonly add: readonly OptionShape[];
}

const URL_START = /^https?:\/\//i;

/** Whether an argument is a URL of a server, and so never a command. */
export const isServerUrl = (text: string): boolean => URL_START.test(text);

/**
 * Brings what was typed into the one order that the parser reads: a leading `mcp` is dropped (`mcp-hub mcp add ...`), and
 * `add` gets its own options first, then `--`, then the name and the command, so that `-y` of `npx -y server` is never
 * taken for an option of ours, wherever the name stands and whether or not `--` was typed.
 */
export const normalizeArguments = (argv: readonly string[], options: VerbOptions): string[] => {
  const start = verbIndex(argv, options.global);
  if (argv[start] === 'mcp') return normalizeArguments([...argv.slice(0, start), ...argv.slice(start + 1)], options);
  if (argv[start] !== 'add') return [...argv];
  return [...argv.slice(0, start + 1), ...orderAddArguments(argv.slice(start + 1), options.add)];
};

const verbIndex = (argv: readonly string[], global: readonly OptionShape[]): number => {
  let index = 0;
  while (index < argv.length && isOption(argv[index] ?? '')) index += widthOf(argv[index] ?? '', global);
  return index;
};

/**
 * Sorts the arguments of `add` into options and operands. Options are ours until the command begins (the second operand,
 * or the first when `--url` or `--` stands before it); after a URL they are ours again, because a URL has no arguments.
 */
const orderAddArguments = (args: readonly string[], options: readonly OptionShape[]): string[] => {
  const own: string[] = [];
  const operands: string[] = [];
  for (let index = 0; index < args.length; ) {
    const arg = args[index] ?? '';
    if (arg === '--') return [...own, '--', ...operands, ...args.slice(index + 1)];
    if (isOption(arg)) {
      const width = widthOf(arg, options);
      // Without its value it goes last, where the parser says that the value is missing.
      if (width === 2 && (args[index + 1] ?? '--') === '--') return [...own, arg];
      own.push(...args.slice(index, index + width));
      index += width;
      continue;
    }
    if (operands.length === 1 && !isServerUrl(arg)) return [...own, '--', ...operands, ...args.slice(index)];
    operands.push(arg);
    index += 1;
  }
  return operands.length === 0 ? own : [...own, '--', ...operands];
};

const isOption = (arg: string): boolean => arg.length > 1 && arg.startsWith('-');

/** How many arguments an option covers: two when its value follows it, one when it has none or carries it (`--env=A=1`, `-eA=1`). */
const widthOf = (arg: string, options: readonly OptionShape[]): number =>
  options.some((option) => option.required && (option.short === arg || option.long === arg)) ? 2 : 1;
