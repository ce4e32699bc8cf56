import { describe, expect, test } from 'vitest';
import { type ConfigValidation, validateConfig } from '../../src/config/validate.ts';
import { createFolder, problemsOf } from './folder.ts';

const validate = async (text: string): Promise<ConfigValidation> => {
  const configFile = await (await createFolder()).write('config.json', text);
  return validateConfig({ configFile, env: {}, cwd: '/' });
};

/** Problems of routes, one on each line from line 2, for the servers a and b. */
const routeProblems = async (...routes: readonly string[]): Promise<readonly string[]> => {
  const servers = '"mcpServers": { "a": { "command": "x" }, "b": { "command": "x" } }';
  return problemsOf(await validate(`{ "hub": { "routes": [\n${routes.join(',\n')}\n] }, ${servers} }`));
};

describe('routes', () => {
  test('that all can match are not complained about', async () => {
    expect(
      await routeProblems(
        '{ "match": "a_*", "kind": "tool", "to": "a" }',
        '{ "match": "a_*", "kind": "prompt", "to": "a" }',
        '{ "match": "?_x", "to": "a" }',
        '{ "match": "b_{get,set}_*", "to": "b" }',
        '{ "match": "b_*", "to": ["b", "a"] }',
        '{ "match": "*", "to": "a" }',
      ),
    ).toEqual([]);
  });

  test('that repeat an earlier one are told, with both places', async () => {
    expect(await routeProblems('{ "match": "x", "to": "a" }', '{ "match": "x", "to": "b" }')).toEqual([
      'warning 3:1 hub.routes[1] repeats hub.routes[0] (line 2), which decides; remove one',
    ]);
  });

  test.each([
    ['*', 'a_x'],
    ['**', 'a_*'],
    ['a_*', 'a_get_*'],
    ['a_*', 'a_{get,set}'],
    ['*_x', 'a*_x'],
    ['[ab]_*', 'a_*'],
    ['file:*', 'file:///etc/*'],
  ])('of which %s comes before %s are told', async (wide, narrow) => {
    expect(await routeProblems(`{ "match": "${wide}", "to": "a" }`, `{ "match": "${narrow}", "to": "b" }`)).toEqual([
      `warning 3:1 hub.routes[1] never matches: hub.routes[0] (line 2) takes all that "${narrow}" matches; move it up or remove it`,
    ]);
  });

  test.each([
    ['a_*', '*'],
    ['a_?*', 'a_*'],
    ['a_get', 'a_{get,set}'],
    ['a_*', 'a_?'],
    ['A_*', 'a_x'],
  ])('of which %s comes before %s are left alone', async (first, second) => {
    expect(await routeProblems(`{ "match": "${first}", "to": "a" }`, `{ "match": "${second}", "to": "b" }`)).toEqual(
      [],
    );
  });

  test('of one kind do not hide those of another, nor of all kinds', async () => {
    const tool = '{ "match": "*", "kind": "tool", "to": "a" }';
    const prompt = '{ "match": "x", "kind": "prompt", "to": "b" }';
    expect(await routeProblems(tool, prompt, '{ "match": "y", "to": "b" }')).toEqual([]);
    expect(await routeProblems('{ "match": "*", "to": "a" }', prompt)).toHaveLength(1);
  });

  test('for a scope do not hide those without', async () => {
    expect(await routeProblems('{ "match": "*", "to": "a", "scope": "s" }', '{ "match": "x", "to": "b" }')).toEqual([]);
  });

  test('to unknown servers are told', async () => {
    expect(await routeProblems('{ "match": "x", "to": ["a", "bb"] }')).toEqual([
      'warning 2:17 hub.routes[0].to names "bb", which is no server of this file; did you mean "b"?',
    ]);
  });

  test('keep their numbers when one before them is left out', async () => {
    expect(await routeProblems('{ "to": "a" }', '{ "match": "x", "to": "a" }', '{ "match": "x", "to": "a" }')).toEqual([
      'skipped 2:1 hub.routes[0].match is missing; the route is left out',
      'warning 4:1 hub.routes[2] repeats hub.routes[1] (line 3), which decides; remove one',
    ]);
  });

  test.each(['a[', 'a{b', '!(a', '[z-a]'])('with %s, which is no glob, are told', async (glob) => {
    const [problem, ...others] = await routeProblems(
      `{ "match": "${glob}", "to": "a" }`,
      '{ "match": "ab", "to": "b" }',
    );
    expect(problem).toMatch(
      /^warning 2:3 hub\.routes\[0\]\.match "[^"]+" (?:is not a glob: missing|can match nothing)/,
    );
    expect(others).toEqual([]);
  });
});

test('globs of filters are checked, in the hub and in the entry', async () => {
  const text = `{
  "mcpServers": { "a": { "command": "x", "excludeTools": ["x["] } },
  "hub": { "servers": { "a": { "prompts": { "include": ["ok", "y["] } } } }
}`;
  expect(problemsOf(await validate(text)).map((problem) => problem.replace(/: missing.*/, ''))).toEqual([
    'warning 2:19 server "a": the glob "x[" is not a glob',
    'warning 3:63 server "a": the glob "y[" is not a glob',
  ]);
});

test('references of other clients, which a server would get as they are, are told', async () => {
  const text = `{ "mcp": { "a": { "type": "local", "command": ["x"],
  "environment": { "KEY": "{env:API_KEY}", "OWN": "\${HOME:-}" } } } }`;
  expect(problemsOf(await validate(text))).toEqual([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as the file has it
    'warning 2:20 mcp.a.environment.KEY holds {env:API_KEY}, which is passed on as it is; for the variable write ${API_KEY}',
  ]);
});

test('what loading finds is found too', async () => {
  const { problems, config } = await validate('{ "mcpServers": { "a": {} }, "hub": { "x": 1 } }');
  expect(problems.map(({ severity }) => severity)).toEqual(['skipped', 'warning']);
  expect(config?.upstreams).toEqual([]);
});

test('a file that cannot be parsed is a problem with a place, not an exception', async () => {
  const validation = await validate('{ "mcpServers": }');
  expect(problemsOf(validation)).toEqual(['error 1:17 a value is expected here']);
  expect(validation.config).toBeUndefined();
  expect(validation.files).toHaveLength(1);
});

test('a file that cannot be read is a problem, not an exception', async () => {
  const validation = await validateConfig({ configFile: '/nonexistent/x.json', env: {}, cwd: '/' });
  expect(validation).toEqual({
    files: [],
    config: undefined,
    problems: [{ severity: 'error', message: 'cannot read /nonexistent/x.json: there is no such file', path: '' }],
  });
});
