import { isRecord } from '../config/client-shapes.ts';
import type { LoginSettings } from '../config/hub-config.ts';
import type { ParsedText } from '../config/parse-text.ts';
import type { ProjectServer, TakenValue } from '../config/project-approval.ts';
import type { ProjectSource } from '../config/project-source.ts';
import { printable } from '../utils/printable.ts';
import { isNameOfSecretValue, isSecretName } from '../utils/secret-name.ts';
import { commandWarnings } from './command-warnings.ts';
import { columns, commandLine, shortPath } from './format.ts';
import { redactText, redactValue } from './redact.ts';

/**
 * What a project's configuration would do, for the one who decides: each command in full, however long, on one line, with
 * everything made visible that a terminal would hide.
 */
export const trustText = (
  { parsed, folder }: ProjectSource,
  servers: readonly ProjectServer[],
  env: NodeJS.ProcessEnv,
): string => {
  const place = { folder, env };
  const blocks = servers.map((server) => `\n${printable(server.name)}\n${columns(serverRows(server, place), '  ')}`);
  return `${printable(parsed.file)}\n${blocks.join('')}${settingsText(parsed)}`;
};

interface Place {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

const serverRows = (server: ProjectServer, { folder, env }: Place): string[][] => {
  const { transport, taken } = server;
  const tail = [
    ...loginRows(server.auth),
    ...toolRows(server),
    ...taken.map((one) => ['where', takenText(shownTaken(one), env)]),
    ...commandWarnings(server).map((warning) => ['!', printable(warning)]),
  ];
  if (transport.type !== 'stdio')
    return [['asks', printable(transport.url)], ...tableRows('sends', transport.headers, ': '), ...tail];
  return [
    ['runs', commandLine([transport.command, ...transport.args])],
    ['in', transport.cwd === undefined ? printable(folder) : printable(`${transport.cwd} (of ${folder})`)],
    ...tableRows('with', transport.env, '='),
    ...tail,
  ];
};

/** What another file fills in now; a change of it is asked about as one of the command would be. */
const takenText = ({ file, variable, value }: TakenValue, env: NodeJS.ProcessEnv): string => {
  const where = shortPath(file, env);
  if (value === undefined) return printable(`${where} cannot be read, so the server is not started`);
  return printable(variable === undefined ? `${where} says ${value}` : `${variable} is ${value}, as ${where} says`);
};

const tableRows = (title: string, table: Readonly<Record<string, string>>, separator: string): string[][] =>
  Object.entries(table).map(([key, value]) => [title, printable(`${key}${separator}${shownValue(key, value)}`)]);

const loginRows = (auth: ProjectServer['auth']): string[][] => {
  if (auth === undefined) return [];
  if (auth === false) return [['login', 'never']];
  return tableRows('login', shownLogin(auth), ': ');
};

const toolRows = ({ enabled, include, exclude }: ProjectServer): string[][] => [
  ...(enabled ? [] : [['off', 'is not started, until it is enabled']]),
  ...(include === undefined ? [] : [['shows', include.length === 0 ? 'no tools' : commandLine(include)]]),
  ...(exclude.length === 0 ? [] : [['hides', commandLine(exclude)]]),
];

/** A login as it is declared, without its secret. */
export const shownLogin = (auth: LoginSettings): Record<string, string> =>
  Object.fromEntries(Object.entries(auth).map(([key, value]) => [key, shownValue(key, String(value))]));

/**
 * The value of a variable or header as the file has it. It is hidden only where its name says that it is a secret itself;
 * `SECRET_HELPER` may be a command.
 */
export const shownValue = (key: string, value: string): string =>
  isNameOfSecretValue(key) ? redactValue(value) : value;

/** What another file fills in: it may be a secret by the name of its variable, or look like one. */
export const shownTaken = (taken: TakenValue): TakenValue => {
  const { variable, value } = taken;
  if (value === undefined) return taken;
  const text = value.replace(/\r?\n$/, '');
  const isSecret = variable !== undefined && isSecretName(variable);
  return { ...taken, value: isSecret ? redactValue(text) : redactText(text) };
};

const settingsText = ({ value }: ParsedText): string => {
  const hub = isRecord(value) && isRecord(value['hub']) ? value['hub'] : {};
  if (Object.keys(hub).length === 0) return '';
  const rows = Object.entries(hub).map(([key, setting]) => [key, printable(JSON.stringify(setting) ?? '')]);
  return `\nsettings of the hub\n${columns(rows, '  ')}`;
};
