import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createCliHome } from '../support/cli-home.ts';
import { entry, startRegistry, type TestRegistry } from '../support/registry.ts';

const npm = { registryType: 'npm', identifier: 'x', version: '1.0.0', transport: { type: 'stdio' } };
const home = createCliHome();
let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry([
    entry('io.github.a/weather', { packages: [npm], remotes: [{ type: 'streamable-http', url: 'https://x.dev/mcp' }] }),
    entry('io.github.b/weather-two', { description: 'evil \u001b[2J\u202e text', status: 'deprecated' }),
    entry('io.github.c/weather-three'),
    entry('io.github.d/weather-gone', { status: 'deleted' }),
    entry('io.github.e/files'),
  ]);
});
afterAll(async () => {
  home.remove();
  await registry.close();
});
afterEach(() => registry.answer(undefined));

const search = (...args: string[]) => home.run(['search', ...args], { env: { MCP_HUB_REGISTRY_URL: registry.url } });

test('names, versions and ways to run are listed over all pages, and what comes next', async () => {
  const { code, stdout, stderr } = await search('weather');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(
    [
      'io.github.a/weather  1.0.0  npm, remote',
      '  What io.github.a/weather does',
      'io.github.b/weather-two  1.0.0  to be installed by hand  (deprecated)',
      '  evil \\u001b[2J\\u202e text',
      'io.github.c/weather-three  1.0.0  to be installed by hand',
      '  What io.github.c/weather-three does',
      '',
      '3 servers',
      '  next  mcp-hub add --from-registry io.github.a/weather',
      '',
    ].join('\n'),
  );
  expect(registry.asked[0]).toBe('/v0.1/servers?search=weather&version=latest&limit=21');
});

test('at most so many as asked for, and it is said that there are more', async () => {
  expect((await search('weather', '--limit', '1')).stdout).toContain('the first 1; more: --limit 3');
  expect((await search('weather', '--limit', '0')).code).toBe(2);
});

test('is one JSON object with --json', async () => {
  const { stdout } = await search('files', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    servers: [{ name: 'io.github.e/files', version: '1.0.0', status: 'active', runsAs: [], packages: [] }],
    hasMore: false,
  });
});

test('nothing found is no error, and says that only names are searched', async () => {
  expect(await search('no\u001bsuch')).toEqual({
    code: 0,
    stdout: 'no server of the registry has "no\\u001bsuch" in its name\n  try another word: only names are searched\n',
    stderr: '',
  });
});

describe('a registry that cannot be used is named, with the reason and the way out', () => {
  const fails = async (why: string): Promise<void> => {
    const { code, stdout, stderr } = await search('weather');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `error: the registry ${registry.url} cannot be used: ${why}\n  hint: try again later, or name another one: --registry URL\n`,
    );
  };

  test('an error of its own', async () => {
    registry.answer((_, response) => response.writeHead(503).end());
    await fails('it answered with status 503');
  });

  test('something that is not JSON, or has another shape', async () => {
    registry.answer((_, response) => response.end('<html>'));
    await fails('what it answers is not JSON');
    registry.answer((_, response) => response.end('[1]'));
    await fails('what it answers is not in the shape of a registry');
  });

  test('an answer without an end', async () => {
    registry.answer((_, response) => {
      const flood = (): void => {
        while (response.write(Buffer.alloc(65_536, ' ')));
        response.once('drain', flood);
      };
      flood();
    });
    await fails('its answer is larger than 4194304 bytes');
  });

  test('redirects that lead away from this machine, or in a circle', async () => {
    registry.answer((_, response) => response.writeHead(302, { location: 'http://example.com/' }).end());
    await fails('it redirects to http://example.com, which is not followed');
    registry.answer(({ url }, response) => response.writeHead(307, { location: url ?? '' }).end());
    await fails('it redirects without an end');
  });

  test('a cursor that never changes ends the search', async () => {
    registry.answer((_, response) => response.end(JSON.stringify({ servers: [], metadata: { nextCursor: 'again' } })));
    expect((await search('weather')).code).toBe(0);
  });

  test('nobody who answers', async () => {
    const { code, stderr } = await home.run(['search', 'x', '--registry', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the registry http:\/\/127\.0\.0\.1:1 cannot be used: .+\n {2}hint: /);
  });

  test.each(['ftp://x.dev', 'http://x.dev', 'file:///etc/passwd', 'nonsense'])('an address such as %s', async (url) => {
    const { code, stderr } = await home.run(['search', 'x', '--registry', url]);
    expect(code).toBe(2);
    expect(stderr).toContain(`"${url}" is no address of a registry`);
  });
});
