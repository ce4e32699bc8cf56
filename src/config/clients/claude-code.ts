import { type ClientDefinition, stdioEntry } from './client.ts';

export const CLAUDE_CODE: ClientDefinition = {
  id: 'claude-code',
  name: 'Claude Code',
  aliases: ['claude', 'claudecode', 'claude-cli'],
  files: [
    {
      scope: 'user',
      format: 'json',
      // The second holds what was added for one project alone, the scope "local".
      servers: [['mcpServers'], ['projects', '*', 'mcpServers']],
      paths: ['{CLAUDE_CONFIG_DIR}/.claude.json', '{home}/.claude.json'],
    },
    { scope: 'project', format: 'json', servers: [['mcpServers']], paths: ['{project}/.mcp.json'] },
  ],
  traces: ['{CLAUDE_CONFIG_DIR}', '{home}/.claude'],
  programs: ['claude'],
  entryOf: stdioEntry,
  reload: 'start a new session of Claude Code; in one that runs, /mcp reconnects',
  quirks: [
    'Its three scopes are user (`mcpServers` in ~/.claude.json), local (`projects` of the same file) and project (.mcp.json); all are imported.',
    'A .mcp.json has to be approved in Claude Code once.',
  ],
};
