/** A legacy server on stdio whose one tool wants an argument as an HTTP header too; it writes what it gets to `EVIL_LOG`. */
import { createInterface } from 'node:readline';
import { log } from '../../../fixtures/servers/wire.mjs';

const tool = {
  name: 'query',
  inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
};

const ANSWERS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'params', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools: [tool] }),
  'tools/call': ({ arguments: args }) => ({ content: [{ type: 'text', text: String(args.region) }] }),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  log('in', { raw: line });
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = ANSWERS[method];
  const body = answer ? { result: answer(params) } : { error: { code: -32601, message: 'Method not found' } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`);
});
