import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CliContext } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { allVerbs, pathOf } from '../cli/support/verbs.ts';
import { type CommandResult, runCommand } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer } from './support/upstreams.ts';

const home = createTempHome();
const configFile = home.file('config/mcp-hub/config.json');
const CONFIG = `// mine\n${JSON.stringify({ mcpServers: { files: legacyServer('files') }, unknown: true }, null, 2)}\n`;

beforeAll(() => {
  mkdirSync(dirname(configFile), { recursive: true });
  writeFileSync(configFile, CONFIG);
});
afterAll(() => home.remove());

const run = (args: readonly string[], config = CONFIG): Promise<CommandResult> => {
  writeFileSync(configFile, config);
  return runCommand(args, { home });
};

/** One sentence that says what is wrong and why, and the way out of it; no stack, and nothing was lost. */
const expectPlain = ({ stdout, stderr }: CommandResult): void => {
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^(?:note: .+\n)*error: \S.*\n(?: {2}hint: \S.*\n)+$/);
  expect(stderr).not.toMatch(/\n {4}at |node:internal|undefined|\[object/);
  expect(readFileSync(configFile, 'utf8')).toBe(CONFIG);
};

/** What was typed, the exit code, and what the sentence or the hint must name. */
const TYPED_WRONG: readonly (readonly [string, number, string])[] = [
  ['serve --http 99999', 2, '--http 99999 is not a port'],
  ['serve --host 0.0.0.0', 2, '--host needs --http'],
  ['serve --only fils', 4, 'did you mean "files"?'],
  ['serve --config /no/such/file.json', 3, '/no/such/file.json'],
  ['token turn', 2, 'mcp-hub token rotate'],
  ['demo extra', 2, 'mcp-hub help demo'],
  ['completion tcsh', 2, 'bash, zsh, fish, powershell'],
  ['completion', 2, "missing required argument 'shell'"],
  ['help frobnicate', 2, 'there is no such verb'],
  ['monitor', 2, 'mcp-hub logs -f'],
  ['import netscape', 2, 'netscape'],
  ['import /no/such/file.json', 2, '/no/such/file.json'],
  ['install netscape', 2, 'netscape'],
  ['uninstall netscape', 2, 'netscape'],
  ['clients extra', 2, 'mcp-hub help clients'],
  ['add', 2, 'a server needs a name'],
  ['add x', 2, '"x" has neither a command nor a URL'],
  ['add bad.name npx', 2, 'for example: bad-name'],
  ['add files npx', 1, '--force'],
  ['add x https://', 2, 'is not a URL of http or https'],
  ['add x ftp://y/mcp', 2, 'is not a URL of http or https'],
  ['add x -- ws://y', 2, 'is not a URL of http or https'],
  ['add --transport htp x y', 2, 'Allowed choices are stdio, http, sse.'],
  ['add x A=1 npx', 2, '-e A=VALUE'],
  ['add x -t http npx', 2, 'needs a URL'],
  ['add --from-registry weather', 2, 'mcp-hub search weather'],
  ['add --from-registry io.x/y --registry ftp://x', 2, 'is no address of a registry'],
  ['add-json x {', 2, 'cannot be read'],
  ['add-json x {"command":5}', 2, 'nothing was stored: server "x" is left out: command must be'],
  ['add-json {"x":{"url":"ftp://y"}}', 2, 'nothing was stored: server "x" is left out: its "url" begins with ftp:'],
  ['add-json x {"url":"y/mcp"}', 2, 'begin it with https:// or http://'],
  ['add-json {}', 2, 'there is no server in the input'],
  ['add-json {"command":"x"}', 2, 'has no name'],
  ['search', 2, "missing required argument 'words'"],
  ['search x --limit 0', 2, 'like this: --limit 50'],
  ['list extra', 2, 'mcp-hub help list'],
  ['list --chek', 2, 'did you mean "--check"?'],
  ['get', 2, 'mcp-hub help get'],
  ['get fils', 4, 'did you mean "files"?'],
  ['remove', 2, 'mcp-hub help remove'],
  ['remove files nothing', 4, 'no server "nothing"'],
  ['enable fils', 4, 'did you mean "files"?'],
  ['enable files.x_*', 2, 'mcp-hub get files'],
  ['disable fils.x_*', 4, 'did you mean "files"?'],
  ['disable files.', 2, "mcp-hub disable 'files.delete_*'"],
  ['tools fils', 4, 'did you mean "files"?'],
  ['tools files__ech', 4, 'did you mean "files__echo"?'],
  ['tools --tokens --schema', 2, 'use one of them'],
  ['config edit', 2, 'there is no terminal to edit in'],
  ['tools --since 1d', 2, '--since needs --tokens'],
  ['call', 2, 'mcp-hub help call'],
  ['call files', 4, 'mcp-hub tools files'],
  ['call files__ech', 4, 'did you mean "files__echo"?'],
  ['call files.echo novalue', 2, 'is not of the form key=value'],
  ['call files.echo --args {', 2, 'JSON'],
  ['call files.echo m=@/no/such/file', 2, '/no/such/file'],
  ['call files.echo --timeout soon', 2, 'like this: --timeout 30000'],
  ['route', 2, 'mcp-hub help route'],
  ['route x --kind tol', 2, 'tool, prompt, resource'],
  ['logs -n many', 2, 'use a whole number'],
  ['logs --since soon', 2, 'use 30s, 15m'],
  ['logs export --format xml', 2, 'ndjson, csv, har'],
  ['stats --by moon', 2, 'server, tool, client, hour'],
  ['stats --since soon', 2, 'use 30s, 15m'],
  ['doctor extra', 2, 'mcp-hub help doctor'],
  ['cache clear nothing', 4, 'no server "nothing"'],
  ['secret set', 2, 'mcp-hub help secret set'],
  ['secret remove nothing', 4, 'nothing'],
  ['config vaildate', 2, 'did you mean "validate"?'],
  ['config show extra', 2, 'mcp-hub help config show'],
  ['config path extra', 2, 'mcp-hub help config path'],
  ['config edit -s nowhere', 2, 'user, project'],
  ['lsit', 2, 'did you mean "list"?'],
  ['mcp lsit', 2, 'did you mean "list"?'],
];

describe('a command that was typed wrong', () => {
  test.each(TYPED_WRONG)('mcp-hub %s', async (line, code, named) => {
    const result = await run(line.split(' '));
    expectPlain(result);
    expect(result.stderr).toContain(named);
    expect(result.code, result.stderr).toBe(code);
  });
});

describe('an option that a verb does not have', () => {
  const verbs = allVerbs(createProgram({ context: {} as CliContext, finish: () => {} }, '0')).map(pathOf);

  test.each(verbs.map((path) => [path.join(' '), path] as const))('mcp-hub %s --frobnicate', async (_line, path) => {
    const result = await run([...path, '--frobnicate']);
    expectPlain(result);
    expect(result.stderr).toContain("unknown option '--frobnicate'");
    expect(result.code).toBe(2);
  });
});

describe('a configuration that cannot be used', () => {
  const reading = [
    'list',
    'get files',
    'tools',
    'call files.echo m=1',
    'route files__echo',
    'serve',
    'config show',
    'remove files',
    'disable files',
    'add x npx',
    'list --check',
  ];

  test.each(reading)('ends mcp-hub %s with exit code 3 and the place', async (line) => {
    const broken = '{\n  "mcpServers": { "files": \n';
    const { code, stdout, stderr } = await run(line.split(' '), broken);
    expect({ code, stdout }, stderr).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/error: .*config\.json:\d+:\d+: .+\n {2}hint: \S/);
    expect(readFileSync(configFile, 'utf8')).toBe(broken);
  });
});

test('a stack is shown with --debug alone', async () => {
  expect((await run(['get', 'fils', '--debug'])).stderr).toMatch(/\n {4}at /);
});

test('with --json the error is one object on standard output', async () => {
  const { code, stdout, stderr } = await run(['get', 'fils', '--json']);
  expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'NOT_FOUND' } });
});
