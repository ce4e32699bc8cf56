import { createProcessContext } from './process-context.ts';
import { runCli } from './run-cli.ts';

/** How long something that was left open may keep the process alive once the command is done and its output delivered. */
const LINGER_MS = 500;

/**
 * Runs the command line and gives its exit code, when all output has left the process.
 * @param argv what was typed after the program's name.
 */
export const main = async (argv: readonly string[]): Promise<number> => {
  const { context, flush } = createProcessContext(process);
  const exitCode = await runCli(argv, context);
  await flush();
  setTimeout(() => process.exit(exitCode), LINGER_MS).unref();
  return exitCode;
};
