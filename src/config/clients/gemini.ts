import { type ClientDefinition, plainEntry } from './client.ts';

export const GEMINI: ClientDefinition = {
  id: 'gemini',
  name: 'Gemini CLI',
  aliases: ['gemini-cli', 'geminicli'],
  files: [
    {
      scope: 'user',
      format: 'json',
      servers: [['mcpServers']],
      paths: ['{GEMINI_CLI_HOME}/.gemini/settings.json', '{home}/.gemini/settings.json'],
    },
    { scope: 'project', format: 'json', servers: [['mcpServers']], paths: ['{project}/.gemini/settings.json'] },
  ],
  traces: ['{GEMINI_CLI_HOME}/.gemini', '{home}/.gemini'],
  programs: ['gemini'],
  entryOf: plainEntry,
  reload: 'start Gemini CLI again, or type /mcp refresh in it',
  quirks: [
    'It starts the servers only in folders that it trusts.',
    '`$NAME` in its settings is a variable; it is imported as the hub writes it, with braces.',
  ],
  expandsBareNames: true,
};
