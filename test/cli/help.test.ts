import type { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { STATUS_WORDS } from '../../src/cli/list-table.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ERROR_CODES } from '../../src/errors/codes.ts';
import { createCliHome } from './support/cli-home.ts';
import { allVerbs, pathOf } from './support/verbs.ts';

const home = createCliHome();
afterAll(() => home.remove());

/** Why a verb has no `--json`: it serves, shows, edits or explains, or what it prints is data already. */
const NOT_READING = ['serve', 'demo', 'monitor', 'help', 'completion', 'config edit', 'config schema', 'logs export'];

const helpOf = (verb: Command): string => {
  let text = '';
  verb.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  verb.outputHelp();
  return text;
};

const verbs = allVerbs(createProgram({ context: {} as CliContext, finish: () => {} }, '0'));

/** Words that name a verb; none name the program. */
const VERBS = [[], ...verbs.map(pathOf)];

describe.each(VERBS.map((verb) => ({ verb, name: ['mcp-hub', ...verb].join(' ') })))(
  'the help of $name',
  ({ verb }) => {
    test('fits into 80 columns and has examples before its options', async () => {
      const { code, stdout, stderr } = await home.run([...verb, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(stdout).toMatch(/^Usage: mcp-hub/);
      expect(stdout.indexOf('Examples:\n  mcp-hub')).toBeGreaterThan(0);
      expect(stdout.indexOf('Examples:')).toBeLessThan(stdout.indexOf('--help'));
      expect(stdout).toContain('--config <file>');
    });

    test('is the same by "help"', async () => {
      const byOption = await home.run([...verb, '--help']);
      expect(await home.run(['help', ...verb])).toEqual(byOption);
    });
  },
);

test('every verb of the program is listed, and only verbs', async () => {
  const { stdout } = await home.run(['--help']);
  const listed = stdout.split('\n').flatMap((line) => /^ {2}([a-z][a-z-]*)(?:\|[a-z]+)? {2,}\S/.exec(line)?.[1] ?? []);
  const expected = VERBS.filter((verb) => verb.length === 1).flat();
  expect(listed.toSorted()).toEqual(expected.toSorted());
});

test('the words that list has for a status are explained', async () => {
  const { stdout } = await home.run(['help', 'list']);
  for (const word of Object.values(STATUS_WORDS)) expect(stdout).toMatch(new RegExp(`^ {2}${word} +it`, 'm'));
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^Next: /);
});

test('the exit codes are explained', async () => {
  const { stdout } = await home.run(['help', 'exit-codes']);
  const codes = [0, 6, ...Object.values(ERROR_CODES).map(({ exit }) => exit)];
  for (const code of codes) expect(stdout).toMatch(new RegExp(`^ +${code} {2}\\S`, 'm'));
});

test('the version is that of the package', async () => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  expect(await home.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expect((await home.run(['-V'])).stdout).toBe(`${version}\n`);
});

test('help on something unknown names what was probably meant', async () => {
  expect(await home.run(['help', 'lsit'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: no help for "lsit": there is no such verb\n  hint: did you mean "list"?\n',
  });
});

describe('every verb', () => {
  test('says what it does, by examples, and what comes next', () => {
    expect(verbs.length).toBeGreaterThan(25);
    for (const verb of verbs) {
      const help = helpOf(verb);
      const name = pathOf(verb).join(' ');
      expect(help, name).toMatch(
        /^Usage: mcp-hub .+\n(?: {7}mcp-hub .+\n)?\n[A-Z][^\n]+[.;][^\n]*\n\nExamples:\n {2}\S/,
      );
      expect(help.trimEnd().split('\n').at(-1), name).toMatch(/^Next: mcp-hub /);
      expect(help.indexOf('Examples:'), name).toBeLessThan(help.indexOf('Global options:'));
    }
  });

  test('that reads has --json', () => {
    const without = verbs
      .filter((verb) => verb.commands.length === 0 && !verb.options.some(({ long }) => long === '--json'))
      .map((verb) => pathOf(verb).join(' '));
    expect(without.toSorted()).toEqual(NOT_READING.toSorted());
  });
});
