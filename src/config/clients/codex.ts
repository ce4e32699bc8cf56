import { type ClientDefinition, plainEntry } from './client.ts';

export const CODEX: ClientDefinition = {
  id: 'codex',
  name: 'Codex',
  aliases: ['codex-cli', 'openai-codex'],
  files: [
    {
      scope: 'user',
      format: 'toml',
      servers: [['mcp_servers']],
      paths: ['{CODEX_HOME}/config.toml', '{home}/.codex/config.toml'],
    },
    { scope: 'project', format: 'toml', servers: [['mcp_servers']], paths: ['{project}/.codex/config.toml'] },
  ],
  traces: ['{CODEX_HOME}', '{home}/.codex'],
  programs: ['codex'],
  entryOf: plainEntry,
  reload: 'start Codex again',
  quirks: [
    'Its file is TOML; comments, order and spacing of all else stay.',
    'It passes on only the variables that `env_vars` names: set what your servers need in hub.envFile.',
    'A project file counts only in a project that Codex trusts.',
  ],
};
