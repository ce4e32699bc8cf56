import { type ClientDefinition, stdioEntry } from './client.ts';

const EDITIONS = ['Code', 'Code - Insiders', 'VSCodium'] as const;

const inUserFolder = (file: string) => ({
  linux: EDITIONS.map((edition) => `{config}/${edition}/User/${file}`),
  darwin: EDITIONS.map((edition) => `{support}/${edition}/User/${file}`),
  win32: EDITIONS.map((edition) => `{appdata}/${edition}/User/${file}`),
});

export const VSCODE: ClientDefinition = {
  id: 'vscode',
  name: 'VS Code',
  aliases: ['vs-code', 'code', 'visual-studio-code'],
  files: [
    { scope: 'user', format: 'json', servers: [['servers']], paths: inUserFolder('mcp.json') },
    {
      scope: 'user',
      format: 'json',
      servers: [['servers']],
      paths: inUserFolder('profiles/*/mcp.json'),
      isReadOnly: true,
    },
    {
      scope: 'user',
      format: 'json',
      servers: [['mcp', 'servers']],
      paths: inUserFolder('settings.json'),
      isReadOnly: true,
    },
    { scope: 'project', format: 'json', servers: [['servers']], paths: ['{project}/.vscode/mcp.json'] },
  ],
  traces: inUserFolder(''),
  programs: ['code', 'code-insiders', 'codium'],
  entryOf: stdioEntry,
  reload: 'run "MCP: List Servers" in VS Code and start the hub; it asks once whether you trust it',
  quirks: [
    'Servers of all profiles are imported; the hub is registered in the default profile.',
    'What it asks for with `inputs` is kept; the answer is a secret (`mcp-hub secret set ID`) or a variable (`MCP_HUB_INPUT_ID`).',
    'It lets a model use at most 128 tools in one request.',
  ],
};
