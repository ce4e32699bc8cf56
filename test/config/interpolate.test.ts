// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what is tested here.
import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { type InterpolationContext, inputVariable, interpolate } from '../../src/config/interpolate.ts';

const VARIABLES: Readonly<Record<string, string>> = {
  A: 'a',
  EMPTY: '',
  DOLLAR: '${A}',
  MCP_HUB_INPUT_GITHUB_TOKEN: 'typed',
};
const SECRETS: Readonly<Record<string, string>> = { 'gh/token': 'kept', asked: 'answered' };
const FILES: Readonly<Record<string, string>> = { '/etc/mcp/token': 'secret\n', '/home/u/t': 'home', '/abs': 'x\n\n' };

const context: InterpolationContext = {
  variable: (name) => VARIABLES[name],
  secret: (name) => SECRETS[name],
  noted: (_key, value) => value,
  inputDefault: (id) => (id === 'given' ? 'by default' : undefined),
  readFile: (file) => FILES[file],
  userHome: '/home/u',
  workspaceFolder: '/work space',
  serverFolder: undefined,
  folder: '/etc/mcp',
};

const fill = (text: string) => interpolate(text, context);
const textOf = (text: string) => fill(text).text;

test('a variable is filled in', () => {
  expect(textOf('x-${A}-${env:A}')).toBe('x-a-a');
});
test('a default counts where the variable is unset or empty', () => {
  expect(textOf('${A:-d} ${NOPE:-d} ${EMPTY:-d} ${env:NOPE:-e} ${NOPE:-}')).toBe('a d d e ');
});
test('a default may hold references', () => {
  expect(textOf('${NOPE:-${NEITHER:-${A}/b}}')).toBe('a/b');
});
test('a variable that is set to nothing is set', () => {
  expect(fill('[${EMPTY}]')).toEqual({ text: '[]', missing: [], unknown: [] });
});
test('an unset variable is left out and named', () => {
  expect(fill('Bearer ${NOPE}')).toEqual({ text: 'Bearer ', missing: ['NOPE'], unknown: [] });
});
test('an unset variable inside a default is named', () => {
  expect(fill('${NOPE:-${NEITHER}}').missing).toEqual(['NEITHER']);
});
test('what is filled in is not read again', () => {
  expect(textOf('${DOLLAR}')).toBe('${A}');
});
test('the home directory, the workspace and the path separator are known', () => {
  expect(textOf('${userHome} ${workspaceFolder} ${pathSeparator} ${/}')).toBe(`/home/u /work space ${sep} ${sep}`);
});
test('a file gives its text without the last line end', () => {
  expect(textOf('${file:/abs}|${file:~/t}|${file:token}')).toBe('x\n|home|secret');
});
test('a file that cannot be read is missing', () => {
  expect(fill('${file:nope}')).toMatchObject({ text: '', missing: ['${file:nope}'] });
});
test('an input is read from its variable, then from its default', () => {
  expect(textOf('${input:github-token} ${input:given}')).toBe('typed by default');
  expect(inputVariable('github-token')).toBe('MCP_HUB_INPUT_GITHUB_TOKEN');
});
test('an input that nobody gives is missing under the name of its variable', () => {
  expect(fill('${input:api.key}').missing).toEqual(['MCP_HUB_INPUT_API_KEY']);
});
test('a dollar without braces stays', () => {
  expect(textOf('$A $$ 5$ {A} $')).toBe('$A $$ 5$ {A} $');
});
test('a reference that is never closed stays, and what is inside of it is filled in', () => {
  expect(textOf('${A')).toBe('${A');
  expect(textOf('${open ${A}')).toBe('${open a');
});
test('empty braces stay', () => {
  expect(textOf('${}')).toBe('${}');
});
test.each(['${cmd: ls}', '${command:x}', '${config:a.b}', '${VAR:?no}', '${1}', '${A B}', '${A:+x}', '${env:}'])(
  '%s is unknown, and never left as it is',
  async (reference) => {
    expect(fill(`x${reference}`)).toEqual({ text: 'x', missing: [reference], unknown: [reference] });
  },
);
test('names with brackets, as Windows has them, are names', () => {
  expect(fill('${env:ProgramFiles(x86)}').missing).toEqual(['ProgramFiles(x86)']);
});
test('defaults within defaults end somewhere', () => {
  const depth = 200_000;
  const text = `${'${NOPE:-'.repeat(depth)}x${'}'.repeat(depth)}`;
  expect(fill(text).unknown).toHaveLength(1);
});
test('many references that are never closed take no time to speak of', () => {
  const text = '${'.repeat(200_000);
  expect(textOf(text)).toBe(text);
});

test('a secret that is kept is filled in, and one that is not is named as it is written', () => {
  expect(textOf('Bearer ${keychain:gh/token}')).toBe('Bearer kept');
  expect(fill('x${keychain:nope}')).toEqual({ text: 'x', missing: ['${keychain:nope}'], unknown: [] });
});
test('an input is answered by its variable, else by the secret of its name, else by its default', () => {
  expect(textOf('${input:github-token} ${input:asked} ${input:given}')).toBe('typed answered by default');
});
