import { afterEach, beforeEach, expect, test } from 'vitest';
import { legacyServer } from '../e2e/support/upstreams.ts';
import { type CliHome, createCliHome } from './support/cli-home.ts';

let home: CliHome;
beforeEach(() => {
  home = createCliHome();
  home.writeConfig({ mcpServers: { old: legacyServer('old') } });
});
afterEach(() => home.remove());

const EVIL = 'a\tb\nc\u001b[2J\u202ed';

test('the text of a tool cannot steer a terminal, and keeps its lines and tabs', async () => {
  const { stdout } = await home.run(['call', 'old.echo', `m=${EVIL}`], { isTerminal: true });
  expect(stdout).toBe('a\tb\nc\\u001b[2J\\u202ed\n');
});

test('the text of a tool goes to files and pipes as it is', async () => {
  expect((await home.run(['call', 'old.echo', `m=${EVIL}`])).stdout).toBe(`${EVIL}\n`);
});

test('JSON means the same and steers no terminal', async () => {
  const { stdout } = await home.run(['call', 'old.echo', `m=${EVIL}`, '--json'], { isTerminal: true });
  expect(stdout).not.toMatch(/[^\n\u0020-\u007e]/);
  expect(JSON.parse(stdout)).toMatchObject({ content: [{ type: 'text', text: EVIL }] });
});
