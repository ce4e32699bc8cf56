import { dirname } from 'node:path';
import { isRecord } from '../config/client-shapes.ts';
import type { ParsedText } from '../config/parse-text.ts';
import type { ProjectServer } from '../config/project-approval.ts';
import { printable } from '../utils/printable.ts';
import { isSecretName } from '../utils/secret-name.ts';
import { commandWarnings } from './command-warnings.ts';
import { columns, commandLine } from './format.ts';
import { redactValue } from './redact.ts';

/**
 * What a project's configuration would do, for the one who decides: each command in full, however long, on one line, with
 * everything made visible that a terminal would hide.
 */
export const trustText = (parsed: ParsedText, servers: readonly ProjectServer[]): string => {
  const folder = dirname(parsed.file);
  const blocks = servers.map((server) => `\n${printable(server.name)}\n${columns(serverRows(server, folder), '  ')}`);
  return `${printable(parsed.file)}\n${blocks.join('')}${settingsText(parsed)}`;
};

const serverRows = ({ transport }: ProjectServer, folder: string): string[][] => {
  const warnings = commandWarnings(transport).map((warning) => ['!', printable(warning)]);
  if (transport.type !== 'stdio')
    return [['asks', printable(transport.url)], ...tableRows('sends', transport.headers, ': '), ...warnings];
  return [
    ['runs', commandLine([transport.command, ...transport.args])],
    [
      'in',
      transport.cwd === undefined
        ? 'the directory that the hub is started in'
        : printable(`${transport.cwd} (of ${folder})`),
    ],
    ...tableRows('with', transport.env, '='),
    ...warnings,
  ];
};

const tableRows = (title: string, table: Readonly<Record<string, string>>, separator: string): string[][] =>
  Object.entries(table).map(([key, value]) => [
    title,
    printable(`${key}${separator}${isSecretName(key) ? redactValue(value) : value}`),
  ]);

const settingsText = ({ value }: ParsedText): string => {
  const hub = isRecord(value) && isRecord(value['hub']) ? value['hub'] : {};
  if (Object.keys(hub).length === 0) return '';
  const rows = Object.entries(hub).map(([key, setting]) => [key, printable(JSON.stringify(setting) ?? '')]);
  return `\nsettings of the hub\n${columns(rows, '  ')}`;
};
