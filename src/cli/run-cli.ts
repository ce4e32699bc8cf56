import { CommanderError } from 'commander';
import { VERSION } from '../utils/version.ts';
import { normalizeArguments } from './arguments.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { renderError } from './render-error.ts';
import { usageError } from './usage-error.ts';

/**
 * Runs one command and gives its exit code. It never throws and never ends the process: every error leaves through
 * `renderError`, as text on standard error or, with `--json`, as one object on standard output.
 * @param argv what was typed after the program's name.
 */
export const runCli = async (argv: readonly string[], context: CliContext): Promise<number> => {
  let exitCode: number = EXIT.ok;
  const program = createProgram({ context, finish: (code) => (exitCode = code) }, VERSION);
  const add = program.commands.find((verb) => verb.name() === 'add');
  const typed = normalizeArguments(argv, { global: program.options, add: add?.options ?? [] });
  try {
    await program.parseAsync(typed, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.ok;
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return EXIT.usage;
    const options = typed.slice(0, typed.includes('--') ? typed.indexOf('--') : undefined);
    const error = thrown instanceof CommanderError ? usageError(thrown, program, typed) : thrown;
    const rendered = renderError(error, { json: options.includes('--json'), debug: options.includes('--debug') });
    context.out(rendered.stdout);
    context.err(rendered.stderr);
    return rendered.exitCode;
  }
};
