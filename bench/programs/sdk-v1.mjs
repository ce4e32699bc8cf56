/**
 * The obvious proxy, written with the classes of the v1 SDK: `node sdk-v1.mjs CONFIG`, where CONFIG is a JSON file with
 * `mcpServers`. One client for each of them, and one server that lists all tools with a prefix and hands calls on.
 */
import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const { mcpServers } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const connect = async ([name, { command, args }]) => {
  const client = new Client({ name: 'sdk-v1-proxy', version: '1.0.0' });
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

const server = new Server({ name: 'sdk-v1-proxy', version: '1.0.0' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, listAll);
server.setRequestHandler(CallToolRequestSchema, call);
process.stdin.on('end', () => process.exit(0));
await server.connect(new StdioServerTransport());
