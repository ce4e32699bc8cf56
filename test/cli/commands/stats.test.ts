import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { legacyServer } from '../../e2e/support/upstreams.ts';
import { type CliHome, createCliHome } from '../support/cli-home.ts';

let home: CliHome;
let empty: CliHome;
beforeAll(async () => {
  home = createCliHome();
  empty = createCliHome();
  home.writeConfig({ mcpServers: { a: legacyServer('a'), b: legacyServer('b') } });
  for (const [tool, value] of [
    ['a.echo', 'm=1'],
    ['a.echo', 'm=2'],
    ['b.echo', 'm=3'],
    ['a.fail', ''],
  ] as const)
    await home.run(['call', tool, ...(value === '' ? [] : [value])]);
});
afterAll(() => {
  home.remove();
  empty.remove();
});

describe('stats', () => {
  test('sums up the calls of a time, the busiest server and tool first, and what failed', async () => {
    const { code, stdout, stderr } = await home.run(['stats']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Calls since \d{4}-\d\d-\d\d \d\d:\d\d\n {2}4 calls, 1 failed \(25\.0 %\), p50 .+, p95 .+, longest .+\n/,
    );
    expect(stdout).toMatch(/^SERVER {2}CALLS +FAILED +P50 +P95 +OUT\na +3 +1 \(33\.3 %\) .+B\nb +1 +- .+B\n/m);
    expect(stdout).toMatch(/^a__echo +2 +-/m);
    expect(stdout).toMatch(/^mcp-hub cli +4 +1 \(25\.0 %\)/m);
    expect(stdout).toMatch(/^Failures\n {2}1 x tool_error at a\n/m);
  });

  test.each(['server', 'tool', 'client', 'hour'])('has one table by %s', async (key) => {
    const { stdout } = await home.run(['stats', '--by', key]);
    expect(stdout).toContain(`\n${key.toUpperCase()}`);
    expect(stdout.split('\n').filter((line) => /^[A-Z]{4,} +CALLS/.test(line))).toHaveLength(1);
  });

  test('is one JSON object, with the same numbers', async () => {
    const all = await home.json(['stats', '--json']);
    expect(Object.keys(all)[0]).toBe('schemaVersion');
    expect(all).toMatchObject({
      calls: 4,
      errors: 1,
      byServer: [
        { name: 'a', calls: 3, errors: 1 },
        { name: 'b', calls: 1 },
      ],
    });
    const hours = await home.json(['stats', '--by', 'hour', '--json']);
    const byHour = hours['byHour'] as { calls: number }[];
    expect(byHour.reduce((sum, { calls }) => sum + calls, 0)).toBe(4);
    expect(hours['byServer']).toBeUndefined();
  });

  test('fits a narrow terminal', async () => {
    const { stdout } = await home.run(['stats'], { width: 80 });
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('without calls says so, and what to do', async () => {
    expect((await empty.run(['stats'])).stdout).toMatch(/^there are no calls yet\n {2}next {2}mcp-hub call /);
    expect(await empty.json(['stats', '--json'])).toMatchObject({ schemaVersion: 1, calls: 0 });
  });

  test('refuses what it does not know', async () => {
    expect(await home.run(['stats', '--by', 'moon'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('server, tool, client, hour'),
    });
    expect((await home.run(['stats', '--since', 'soon'])).code).toBe(2);
    expect((await home.run(['stats', '--since', '2999-01-01'])).stderr).toContain('lies in the future');
  });
});

describe('tools --tokens', () => {
  test('tells what each definition costs, the dearest first, and which were never called', async () => {
    const { code, stdout } = await home.run(['tools', '--tokens']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^a {3}\d+ tools, about \d+ tokens\n {2}TOOL +TOKENS {2}CALLS {2}LAST USED\n/m);
    expect(stdout).toMatch(/^ {2}a__echo +\d+ +2 {2}just now$/m);
    expect(stdout).toMatch(/^ {2}a__image +\d+ +- {2}never$/m);
    expect(stdout).toMatch(
      /^\d+ tools of 2 servers: about \S+ tokens if loaded up front \(an estimate\)\n {2}never called in 7 days: \d+ of \d+ tools, about \S+ tokens\n {2}hide one {2}mcp-hub disable \S+\n$/m,
    );
  });

  test('is one JSON object whose parts add up', async () => {
    const found = (await home.json(['tools', '--tokens', '--json'])) as unknown as {
      total: { tools: number; tokens: number };
      unused: { tools: number };
      servers: { tokens: number }[];
      tools: { tokens: number; calls: number }[];
    };
    expect(found).toMatchObject({ schemaVersion: 1, isEstimate: true });
    const sum = (list: readonly { tokens: number }[]): number => list.reduce((total, { tokens }) => total + tokens, 0);
    expect(sum(found.tools)).toBe(found.total.tokens);
    expect(sum(found.servers)).toBe(found.total.tokens);
    expect(found.tools.filter(({ calls }) => calls === 0)).toHaveLength(found.unused.tools);
    expect(found.tools.map(({ tokens }) => tokens)).toEqual(
      found.tools.map(({ tokens }) => tokens).toSorted((x, y) => y - x),
    );
  });

  test('can be of one server, and knows nothing of calls where there is no log', async () => {
    empty.writeConfig({ mcpServers: { a: legacyServer('a') }, hub: { log: { enabled: false } } });
    const { stdout } = await empty.run(['tools', 'a', '--tokens']);
    expect(stdout).toContain('nothing is known of calls yet: there is no log');
    expect(stdout).not.toContain('never');
    expect((await home.run(['tools', '--since', '1d'])).code).toBe(2);
  });
});
