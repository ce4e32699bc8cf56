import { writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { runCommand } from './support/run-command.ts';
import { createTempHome } from './support/temp-home.ts';

const home = createTempHome();
afterAll(() => home.remove());

const LIST = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })}\n`;

test('serve without a configuration offers nothing, and says why on standard error', async () => {
  const { code, stdout, stderr } = await runCommand(['serve'], { home, input: LIST });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ id: 1, result: { tools: [] } });
  expect(stderr).toContain('no configuration was found, so nothing is offered; mcp-hub config path');
});

test('serve with a configuration that has no servers names it', async () => {
  const file = home.file('empty.json');
  writeFileSync(file, '{ "mcpServers": {} }');
  const { stderr } = await runCommand(['serve', '--config', file], { home, input: LIST });
  expect(stderr).toContain(`no server is configured in ${file}, so nothing is offered`);
});
