import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifies } from '../../e2e/requirements/verifies.ts';
import { fixture } from '../../e2e/support/paths.ts';
import { type HttpHub, startHttpHub } from './support/http-hub.ts';

let hub: HttpHub;
beforeAll(async () => {
  const asking = (era: string) => ({ command: process.execPath, args: [fixture('asking.mjs'), era, era] });
  hub = await startHttpHub({ mcpServers: { legacy: asking('legacy'), modern: asking('modern') } });
});
afterAll(() => hub.stop());

test.each(['legacy', 'modern'])(
  'a client that lacks what a %s upstream asks for is refused with 400',
  async (upstream) => {
    verifies('base:meta:missing-capability:http');
    const answer = await hub.modern('tools/call', { name: `${upstream}__ask`, arguments: {} });
    expect([answer.status, answer.message.error]).toMatchObject([
      400,
      { code: -32021, data: { requiredCapabilities: { elicitation: {} } } },
    ]);
  },
);

test('the names of headers are read in any case', async () => {
  verifies('http:standard-headers:case');
  const headers = {
    'mcp-method': undefined,
    'MCP-METHOD': 'tools/list',
    'mcp-protocol-version': undefined,
    'Mcp-protocol-VERSION': '2026-07-28',
  };
  expect((await hub.modern('tools/list', {}, { headers })).status).toBe(200);
});

test('the header of a request about a task has to name the task', async () => {
  verifies('tasks:header:checked');
  const codeWith = async (name: string) =>
    (await hub.modern('tasks/get', { taskId: 'a' }, { headers: { 'mcp-name': name } })).message.error?.code;
  expect(await codeWith('b')).toBe(-32020);
  expect(await codeWith('a')).toBe(-32021);
});
