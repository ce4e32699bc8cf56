import { CLIENTS, clientOf } from '../../config/clients/all-clients.ts';
import type { ClientDefinition } from '../../config/clients/client.ts';
import type { ClientMachine } from '../../config/clients/path-templates.ts';
import { closest } from '../../config/closest.ts';
import { usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';

/** The machine that the clients of this command are on. */
export const machineOf = (context: CliContext): ClientMachine => ({
  env: context.env,
  platform: context.platform ?? process.platform,
  project: context.cwd,
});

/**
 * The clients that were named, each once.
 * @throws HubError `USAGE` for a word that names none.
 */
export const namedClients = (words: readonly string[]): readonly ClientDefinition[] => [
  ...new Set(words.map(namedClient)),
];

const namedClient = (word: string): ClientDefinition => {
  const client = clientOf(word);
  if (client !== undefined) return client;
  const meant = closest(word, clientWords());
  const ids = CLIENTS.map(({ id }) => id).join(', ');
  throw usage(`no client "${word}" is known`, meant === undefined ? `known are: ${ids}` : `did you mean "${meant}"?`);
};

/** Every word that names a client. */
export const clientWords = (): readonly string[] => CLIENTS.flatMap(({ id, aliases }) => [id, ...aliases]);
