import { describe, expect, test } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { readPlainServe } from '../../src/cli/plain-serve.ts';
import { createProgram } from '../../src/cli/program.ts';

/** What the command line makes of the same arguments. */
const readByGrammar = (argv: readonly string[]): object => {
  const program = createProgram({ context: {} as CliContext, finish: () => {} }, '0');
  const verb = program.commands.find((each) => each.name() === 'serve');
  let flags: Record<string, unknown> = {};
  verb?.action(() => {
    flags = verb.optsWithGlobals();
  });
  program.parse([...argv], { from: 'user' });
  const { config, only, log, logLevel } = flags;
  return { log, ...(config !== undefined && { configFile: config }), ...(only !== undefined && { only }), logLevel };
};

describe('a serve as clients start it', () => {
  test.each([
    [['serve']],
    [['serve', '--config', 'my config.json']],
    [['serve', '--only', 'a, b', '--only', 'c', '--no-log']],
    [['serve', '--no-log', '--config', 'one.json', '--log-level', 'debug', '--config', 'two.json']],
  ])('%j is read as the command line reads it', (argv) => {
    expect({ logLevel: undefined, ...readPlainServe(argv) }).toEqual(readByGrammar(argv));
  });

  test.each([
    [[]],
    [['list']],
    [['serve', '--help']],
    [['serve', '--http', '7420']],
    [['serve', '--config']],
    [['serve', '--config', '--no-log']],
    [['serve', '--config=my.json']],
    [['serve', '--log-level', 'loud']],
    [['serve', 'files']],
    [['--debug', 'serve']],
  ])('%j is left to the command line', (argv) => {
    expect(readPlainServe(argv)).toBeUndefined();
  });
});
