import { EXIT } from './exit-codes.ts';
import { createProcessContext } from './process-context.ts';
import { runCli } from './run-cli.ts';

/** How long something that was left open may keep the process alive once the command is done and its output delivered. */
const LINGER_MS = 500;

/**
 * Runs the command line and gives its exit code, when all output has left the process.
 * @param argv what was typed after the program's name.
 */
export const main = async (argv: readonly string[]): Promise<number> => {
  const { context, flush, outputFailure } = createProcessContext(process);
  const result = await runCli(argv, context);
  await flush();
  const failure = outputFailure();
  if (failure !== undefined) context.err(`error: the output could not be written: ${failure.message}\n`);
  const exitCode = failure === undefined ? result : EXIT.failed;
  setTimeout(() => process.exit(exitCode), LINGER_MS).unref();
  return exitCode;
};
