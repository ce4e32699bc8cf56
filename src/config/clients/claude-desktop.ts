import { type ClientDefinition, plainEntry } from './client.ts';

export const CLAUDE_DESKTOP: ClientDefinition = {
  id: 'claude-desktop',
  name: 'Claude Desktop',
  aliases: ['claudedesktop', 'claude-app'],
  files: [
    {
      scope: 'user',
      format: 'json',
      servers: [['mcpServers']],
      paths: {
        linux: ['{config}/Claude/claude_desktop_config.json'],
        darwin: ['{support}/Claude/claude_desktop_config.json'],
        // The build of the Microsoft Store is shown a folder of its own in the place of %APPDATA%.
        win32: [
          '{localappdata}/Packages/Claude_*/LocalCache/Roaming/Claude/claude_desktop_config.json',
          '{appdata}/Claude/claude_desktop_config.json',
        ],
      },
    },
  ],
  traces: {
    linux: ['{config}/Claude'],
    darwin: ['{support}/Claude', '/Applications/Claude.app'],
    win32: ['{localappdata}/Packages/Claude_*', '{appdata}/Claude', '{localappdata}/AnthropicClaude'],
  },
  programs: [],
  entryOf: plainEntry,
  reload: 'quit Claude Desktop, in the menu bar or tray too, and start it again',
  quirks: [
    'On Windows the build of the Microsoft Store reads a file below its package folder and ignores the one in %APPDATA%; the hub finds it.',
    'It starts servers without the PATH of your shell, and passes on only a few variables.',
  ],
};
