import { type ClientDefinition, plainEntry } from './client.ts';

export const WINDSURF: ClientDefinition = {
  id: 'windsurf',
  name: 'Windsurf',
  aliases: ['codeium'],
  files: [
    {
      scope: 'user',
      format: 'json',
      servers: [['mcpServers']],
      paths: ['{home}/.codeium/windsurf/mcp_config.json', '{home}/.codeium/windsurf-next/mcp_config.json'],
    },
  ],
  traces: ['{home}/.codeium/windsurf', '{home}/.codeium/windsurf-next'],
  programs: ['windsurf'],
  entryOf: plainEntry,
  reload: 'press the refresh button above the MCP servers of Cascade, or restart Windsurf',
  quirks: ['It calls the address of a remote server `serverUrl`; the hub reads it as `url`.'],
};
