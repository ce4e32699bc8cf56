import { afterAll, describe, expect, test } from 'vitest';
import { createCliHome } from './support/cli-home.ts';

const home = createCliHome();
afterAll(() => home.remove());

describe('a command that was typed wrong ends with exit code 2 and one sentence', () => {
  test.each<[readonly string[], string, string]>([
    [['lsit'], "unknown command 'lsit'", 'did you mean "list"?'],
    [['frobnicate'], "unknown command 'frobnicate'", 'run: mcp-hub help'],
    [['list', '--chek'], "unknown option '--chek'", 'did you mean "--check"?'],
    [['config', 'vaildate'], "unknown command 'vaildate'", 'did you mean "validate"?'],
    [['get'], "missing required argument 'name'", 'run: mcp-hub help get'],
    [
      ['list', 'extra'],
      "too many arguments for 'list'. Expected 0 arguments but got 1: extra",
      'run: mcp-hub help list',
    ],
    [['add', 'x', '--env'], "option '-e, --env <KEY=VALUE>' argument missing", 'run: mcp-hub help add'],
    [
      ['add', 'flags', '-y', 'npx'],
      "unknown option '-y'",
      'options of the command itself go after it: mcp-hub add NAME -- COMMAND OPTIONS',
    ],
    [
      ['add', 'bad'],
      '"bad" has neither a command nor a URL',
      'like this: mcp-hub add bad -- COMMAND, or: mcp-hub add bad URL',
    ],
    [
      ['add', 'my server', 'npx'],
      '"my server" cannot be the name of a server: names are letters, digits, - and _, begin with a letter or digit, and have at most 40 characters',
      'for example: my-server',
    ],
    [
      ['add', '--timeout', 'soon', 'x', 'npx'],
      '--timeout soon is not a number of milliseconds',
      'like this: --timeout 30000',
    ],
    [['add', '-s', 'user', '--config', 'f.json', 'x', 'npx'], '--scope and --config name two files', 'use one of them'],
    [['call', 'a__b', 'novalue'], '"novalue" is not of the form key=value', 'run: mcp-hub help call'],
    [['call', 'a__b', '--timeout', '0'], '--timeout 0 is not a number of milliseconds', 'like this: --timeout 30000'],
    [
      ['route', 'x', '--kind', 'tol'],
      '--kind tol is unknown. Allowed choices are tool, prompt, resource.',
      'like this: --kind prompt',
    ],
    [
      ['serve', '--log-level', 'loud'],
      "option '--log-level <level>' argument 'loud' is invalid. Allowed choices are error, warning, info, debug.",
      'run: mcp-hub help serve',
    ],
  ])('%j', async (args, message, hint) => {
    const result = await home.run(args);
    expect(result).toEqual({ code: 2, stdout: '', stderr: `error: ${message}\n  hint: ${hint}\n` });
  });
});

test('an unknown transport is answered with the choices', async () => {
  const { code, stderr } = await home.run(['add', '--transport', 'htp', 'x', 'https://x.dev/mcp']);
  expect(code).toBe(2);
  expect(stderr).toContain('Allowed choices are stdio, http, sse.');
  expect(home.readConfig()).toEqual({});
});

test('nothing typed shows the help and ends with exit code 2', async () => {
  const { code, stdout, stderr } = await home.run([]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^Usage: mcp-hub/);
});

test('with --json an error is one object on standard output', async () => {
  home.writeConfig({ mcpServers: { github: { command: 'npx' } } });
  expect(await home.run(['get', 'githb', '--json'])).toEqual({
    code: 4,
    stdout: `${JSON.stringify({
      schemaVersion: 1,
      error: {
        code: 'NOT_FOUND',
        message: 'no server "githb": it is not in the configuration',
        hint: 'did you mean "github"?',
      },
    })}\n`,
    stderr: '',
  });
  const { code, stdout } = await home.run(['list', '--chek', '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'USAGE' } });
});

test('a --json of the command that is added is not ours', async () => {
  const { stderr } = await home.run(['add', 'bad name', '--', 'srv', '--json']);
  expect(stderr).toContain('error: "bad name" cannot be the name');
});

test('a stack is shown with --debug only', async () => {
  expect((await home.run(['get', 'nope'])).stderr).not.toContain('    at ');
  expect((await home.run(['--debug', 'get', 'nope'])).stderr).toContain('    at ');
});

test('what others wrote cannot steer the terminal through an error', async () => {
  const { stderr } = await home.run(['get', 'x\u001b[2J\u202e']);
  expect(stderr).toContain('\\u001b[2J\\u202e');
  expect(stderr).not.toContain('\u001b');
});
