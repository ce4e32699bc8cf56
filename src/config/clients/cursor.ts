import { type ClientDefinition, plainEntry } from './client.ts';

export const CURSOR: ClientDefinition = {
  id: 'cursor',
  name: 'Cursor',
  aliases: ['cursor-cli', 'cursor-agent'],
  files: [
    { scope: 'user', format: 'json', servers: [['mcpServers']], paths: ['{home}/.cursor/mcp.json'] },
    { scope: 'project', format: 'json', servers: [['mcpServers']], paths: ['{project}/.cursor/mcp.json'] },
  ],
  traces: ['{home}/.cursor'],
  programs: ['cursor', 'cursor-agent'],
  entryOf: plainEntry,
  reload: 'switch the server off and on in Cursor Settings > MCP, or restart Cursor',
  quirks: ['It shows at most 40 tools to a model; filter with hub.servers.NAME.tools where the hub has more.'],
};
