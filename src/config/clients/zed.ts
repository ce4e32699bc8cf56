import { type ClientDefinition, plainEntry } from './client.ts';

export const ZED: ClientDefinition = {
  id: 'zed',
  name: 'Zed',
  aliases: ['zed-editor'],
  files: [
    {
      scope: 'user',
      format: 'json',
      servers: [['context_servers']],
      paths: {
        linux: ['{config}/zed/settings.json', '{home}/.var/app/dev.zed.Zed/config/zed/settings.json'],
        darwin: ['{home}/.config/zed/settings.json', '{support}/Zed/settings.json'],
        win32: ['{appdata}/Zed/settings.json'],
      },
    },
    { scope: 'project', format: 'json', servers: [['context_servers']], paths: ['{project}/.zed/settings.json'] },
  ],
  traces: {
    linux: ['{config}/zed', '{home}/.var/app/dev.zed.Zed'],
    darwin: ['{home}/.config/zed', '{support}/Zed', '/Applications/Zed.app'],
    win32: ['{appdata}/Zed', '{localappdata}/Zed'],
  },
  programs: ['zed', 'zeditor'],
  // Older versions of Zed want to be told that the server is no extension.
  entryOf: (launch) => ({ source: 'custom', ...plainEntry(launch) }),
  reload: 'nothing: Zed reads its settings as they change',
  quirks: [
    'The servers stand in its settings.json, whose comments stay.',
    'Servers that come with extensions have no command in the file and are not imported.',
  ],
};
