import { runServe } from './commands/serve.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { readPlainServe } from './plain-serve.ts';
import { createProcessContext } from './process-context.ts';
import type { ServeOptions } from './serve-options.ts';

/** How long something that was left open may keep the process alive once the command is done and its output delivered. */
const LINGER_MS = 500;

/**
 * Runs the command line and gives its exit code, when all output has left the process. The `serve` of a client is begun at
 * once; for everything else the rest of the command line is loaded.
 * @param argv what was typed after the program's name.
 */
export const main = async (argv: readonly string[]): Promise<number> => {
  const { context, flush, outputFailure } = createProcessContext(process);
  const serve = readPlainServe(argv);
  const result = serve === undefined ? await runTyped(argv, context) : await servePlainly(serve, context);
  await flush();
  const failure = outputFailure();
  if (failure !== undefined) context.err(`error: the output could not be written: ${failure.message}\n`);
  const exitCode = failure === undefined ? result : EXIT.failed;
  setTimeout(() => process.exit(exitCode), LINGER_MS).unref();
  return exitCode;
};

const runTyped = async (argv: readonly string[], context: CliContext): Promise<number> => {
  const { runCli } = await import('./run-cli.ts');
  return runCli(argv, context);
};

const servePlainly = async (
  options: Omit<ServeOptions, 'env' | 'cwd' | 'err'>,
  { env, cwd, err }: CliContext,
): Promise<number> => {
  try {
    return await runServe({ ...options, env, cwd, err });
  } catch (error) {
    const { renderError } = await import('./render-error.ts');
    const rendered = renderError(error);
    err(rendered.stderr);
    return rendered.exitCode;
  }
};
