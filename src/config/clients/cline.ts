import { type ClientDefinition, plainEntry } from './client.ts';

const IN_VSCODE = 'Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json';
const SHARED = ['{CLINE_MCP_SETTINGS_PATH}', '{home}/.cline/data/settings/cline_mcp_settings.json'];

export const CLINE: ClientDefinition = {
  id: 'cline',
  name: 'Cline',
  aliases: ['claude-dev'],
  files: [
    {
      scope: 'user',
      format: 'json',
      servers: [['mcpServers']],
      paths: {
        linux: [...SHARED, `{config}/${IN_VSCODE}`],
        darwin: [...SHARED, `{support}/${IN_VSCODE}`],
        win32: [...SHARED, `{appdata}/${IN_VSCODE}`],
      },
    },
  ],
  traces: {
    linux: ['{home}/.cline', '{config}/Code/User/globalStorage/saoudrizwan.claude-dev'],
    darwin: ['{home}/.cline', '{support}/Code/User/globalStorage/saoudrizwan.claude-dev'],
    win32: ['{home}/.cline', '{appdata}/Code/User/globalStorage/saoudrizwan.claude-dev'],
  },
  programs: ['cline'],
  entryOf: plainEntry,
  reload: 'nothing: Cline reads the file as it changes; the hub appears under MCP Servers',
  quirks: [
    'Newer versions keep the file in ~/.cline/data/settings, older ones in the folder of the VS Code extension.',
  ],
};
