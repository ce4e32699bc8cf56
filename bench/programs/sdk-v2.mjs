/**
 * The obvious proxy, written with the classes of the v2 SDK: `node sdk-v2.mjs CONFIG`, where CONFIG is a JSON file with
 * `mcpServers`. One client for each of them, and one server that lists all tools with a prefix and hands calls on.
 */
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

const { mcpServers } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const connect = async ([name, { command, args }]) => {
  const client = new Client({ name: 'sdk-v2-proxy', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command, args }));
  return [name, client];
};

const connecting = Promise.all(Object.entries(mcpServers).map(connect));

const listAll = async () => {
  const lists = (await connecting).map(async ([name, client]) => {
    const { tools } = await client.listTools();
    return tools.map((tool) => ({ ...tool, name: `${name}__${tool.name}` }));
  });
  return { tools: (await Promise.all(lists)).flat() };
};

const call = async ({ params }) => {
  const clients = new Map(await connecting);
  const [name, tool] = params.name.split('__');
  return clients.get(name).callTool({ ...params, name: tool });
};

const server = new Server({ name: 'sdk-v2-proxy', version: '1.0.0' }, { capabilities: { tools: {} } });
server.setRequestHandler('tools/list', listAll);
server.setRequestHandler('tools/call', call);
process.stdin.on('end', () => process.exit(0));
await server.connect(new StdioServerTransport());
