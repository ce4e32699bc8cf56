import type { Command, Option } from 'commander';

/** Where the values of an argument or option come from; a list is the values themselves. */
export type ArgumentSource =
  | 'servers'
  | 'tools'
  | 'servers-or-tools'
  | 'clients'
  | 'clients-or-files'
  | 'verbs'
  | 'files'
  | 'dirs'
  | 'none'
  | readonly string[];

/** By verb and argument. An argument that is not here has nothing that could be proposed. */
const ARGUMENTS: Readonly<Record<string, ArgumentSource>> = {
  'token rotate': ['rotate'],
  'help topic': 'verbs',
  'get name': 'servers',
  'remove names': 'servers',
  'enable targets': 'servers',
  'disable targets': 'servers',
  'tools pattern': 'servers-or-tools',
  'call tool': 'tools',
  'route name': 'tools',
  'cache clear name': 'servers',
  'login name': 'servers',
  'logout name': 'servers',
  'install clients': 'clients',
  'uninstall clients': 'clients',
  'import sources': 'clients-or-files',
};

/** By the long name. */
const OPTIONS: Readonly<Record<string, ArgumentSource>> = {
  '--config': 'files',
  '--output': 'files',
  '--cwd': 'dirs',
  '--only': 'servers',
  '--server': 'servers',
  '--tool': 'tools',
  '--by': ['server', 'tool', 'client', 'hour'],
  '--kind': ['tool', 'prompt', 'resource'],
  '--transport': ['stdio', 'http', 'sse'],
};

export const argumentSource = (command: Command, argument: string): ArgumentSource =>
  ARGUMENTS[[...pathOf(command), argument].join(' ')] ?? 'none';

const pathOf = (command: Command): string[] =>
  command.parent === null ? [] : [...pathOf(command.parent), command.name()];

export const optionSource = ({ long }: Option): ArgumentSource => OPTIONS[long ?? ''] ?? 'none';
