import type { ClientDefinition } from './client.ts';

export const OPENCODE: ClientDefinition = {
  id: 'opencode',
  name: 'opencode',
  aliases: ['open-code'],
  files: [
    {
      scope: 'user',
      format: 'json',
      servers: [['mcp'], ['mcp', 'servers']],
      paths: [
        '{OPENCODE_CONFIG}',
        '{OPENCODE_CONFIG_DIR}/opencode.json',
        '{config}/opencode/opencode.jsonc',
        '{config}/opencode/opencode.json',
      ],
      skeleton: '{\n  "$schema": "https://opencode.ai/config.json"\n}\n',
    },
    {
      scope: 'project',
      format: 'json',
      servers: [['mcp'], ['mcp', 'servers']],
      paths: ['{project}/opencode.jsonc', '{project}/opencode.json'],
      skeleton: '{\n  "$schema": "https://opencode.ai/config.json"\n}\n',
    },
  ],
  traces: ['{config}/opencode', '{home}/.local/share/opencode', '{home}/.opencode'],
  programs: ['opencode'],
  entryOf: ({ command, args, env }) => ({
    type: 'local',
    command: [command, ...args],
    enabled: true,
    ...(Object.keys(env).length > 0 && { environment: env }),
  }),
  reload: 'start opencode again',
  quirks: [
    'Its `command` is a list that holds the arguments too, and its variables are `{env:NAME}`; both are converted.',
    'Of opencode.json and opencode.jsonc the one that exists is edited.',
  ],
};
