import { printable } from '../../utils/printable.ts';
import type { NewServer } from '../add-servers.ts';
import type { CliContext } from '../context.ts';
import { shellWords, shortPath, wrapped } from '../format.ts';
import type { ServerEntry } from '../server-entry.ts';
import { paintFor } from '../style.ts';
import type { RegistryEntry } from './registry-entry.ts';
import type { InputDetail, ServerDetail } from './server-detail.ts';

/** What would be stored and run, whole: nothing of a command is left out or cut. */
export const previewText = (
  context: CliContext,
  server: ServerDetail,
  made: RegistryEntry,
  { name, entry }: NewServer,
  file: string,
): string => {
  const paint = paintFor(context);
  const rows = [
    ...statusRows(server),
    ...row('source', server.repository ?? server.website),
    ...row('from', made.from),
    ...entryRows(entry as ServerEntry),
    ...made.references.map((variable): Row => ['needs', referenceText(context, variable)]),
    ...made.optional.map((input): Row => ['optional', optionalText(input)]),
    ['as', `${name}, in ${shortPath(file, context.env)}`] as Row,
  ];
  const lines = rows.map(([title, text]) => {
    const indent = ' '.repeat(COLUMN);
    return `  ${title.padEnd(COLUMN - 2)}${wrapped(printable(text), context.width, indent).trimStart()}`;
  });
  const about = wrapped(printable(server.description), context.width, '  ');
  return `${paint('strong', printable(`${server.name} ${server.version}`))}\n${about}${lines.join('')}`;
};

type Row = readonly [string, string];

const COLUMN = 12;

const row = (title: string, text: string | undefined): Row[] => (text === undefined ? [] : [[title, text]]);

const statusRows = ({ status, statusMessage }: ServerDetail): Row[] =>
  status === 'active' ? [] : [['status', statusMessage === undefined ? status : `${status}: ${statusMessage}`]];

const entryRows = (entry: ServerEntry): Row[] => {
  const { command, args, env, url, headers } = entry;
  const words = [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === 'string');
  return [
    ...(command === undefined ? [] : [['runs', shellWords(words)] as Row]),
    ...row('url', typeof url === 'string' ? url : undefined),
    ...tableRows('env', env, '='),
    ...tableRows('header', headers, ': '),
  ];
};

const tableRows = (title: string, table: ServerEntry[string] | undefined, mark: string): Row[] =>
  typeof table === 'object' && !Array.isArray(table)
    ? Object.entries(table).map(([key, value]): Row => [title, `${key}${mark}${value}`])
    : [];

const referenceText = ({ env }: CliContext, variable: string): string =>
  env[variable] === undefined
    ? `${variable} in your environment, where it is not set yet`
    : `${variable} of your environment`;

const optionalText = ({ name, description }: InputDetail): string =>
  description === undefined ? name : `${name}: ${description}`;
