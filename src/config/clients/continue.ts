import { type ClientDefinition, plainEntry } from './client.ts';

export const CONTINUE: ClientDefinition = {
  id: 'continue',
  name: 'Continue',
  aliases: ['continue-dev', 'cn'],
  files: [
    {
      scope: 'user',
      format: 'yaml',
      servers: [['mcpServers']],
      paths: ['{CONTINUE_GLOBAL_DIR}/config.yaml', '{home}/.continue/config.yaml'],
      skeleton: 'name: Local Config\nversion: 1.0.0\nschema: v1\n',
    },
    {
      scope: 'user',
      format: 'json',
      servers: [['mcpServers']],
      paths: ['{home}/.continue/mcpServers/*.json'],
      isReadOnly: true,
    },
    {
      scope: 'user',
      format: 'yaml',
      servers: [['mcpServers']],
      paths: ['{home}/.continue/mcpServers/*.yaml', '{home}/.continue/mcpServers/*.yml'],
      isReadOnly: true,
    },
    {
      scope: 'project',
      format: 'json',
      servers: [['mcpServers']],
      paths: ['{project}/.continue/mcpServers/*.json'],
      isReadOnly: true,
    },
    {
      scope: 'project',
      format: 'yaml',
      servers: [['mcpServers']],
      paths: ['{project}/.continue/mcpServers/*.yaml', '{project}/.continue/mcpServers/*.yml'],
      isReadOnly: true,
    },
  ],
  traces: ['{CONTINUE_GLOBAL_DIR}', '{home}/.continue'],
  programs: ['cn'],
  entryOf: plainEntry,
  reload: 'reload the config in Continue, or restart the editor; its tools work in agent mode',
  quirks: [
    'Its file is YAML, with the servers in a list; the hub is added at the end of it.',
    'The files of .continue/mcpServers are imported and never written.',
  ],
};
