/**
 * Checks what the README of this folder says, with a client of the SDK in front of the real hub. Run it in the repository,
 * after `npm run build`:
 *
 *     node examples/routing/verify.ts
 */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const root = fileURLToPath(new URL('../../', import.meta.url));
const config = fileURLToPath(new URL('./mcp-hub.config.json', import.meta.url));

const client = new Client({ name: 'verify', version: '1.0.0' });
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [`${root}bin/mcp-hub.js`, 'serve', '--config', config],
    env: process.env as Record<string, string>,
    cwd: root,
  }),
);

const { tools } = await client.listTools();
deepStrictEqual(
  tools.map(({ name }) => name),
  ['add', 'multiply', 'math__divide', 'math__count_primes', 'list_notes', 'search_notes', 'wx__now', 'wx__forecast'],
);

const call = async (name: string, args: Record<string, unknown>): Promise<string> => {
  const { content } = await client.callTool({ name, arguments: args });
  const [first] = content;
  return first?.type === 'text' ? first.text : '';
};

strictEqual(await call('add', { a: 19, b: 23 }), '42');
strictEqual(await call('math__add', { a: 19, b: 23 }), '42');
strictEqual(await call('calc_divide', { dividend: 17, divisor: 5 }), '{"quotient":3,"remainder":2}');
strictEqual((await call('search_notes', { words: 'olives' })).includes('shopping'), true);
strictEqual((await call('wx__now', { place: 'Oslo' })).startsWith('Oslo, 2026-07-28'), true);

const refusal = await call('notes__add_note', { name: 'x', text: 'y' }).catch((error: unknown) => String(error));
strictEqual(refusal.includes('Unknown tool: notes__add_note'), true, refusal);

await client.close();
process.stdout.write('examples/routing: everything is as its README says\n');
