import type { Command } from 'commander';
import { printable } from '../../utils/printable.ts';
import { complete, type NameSources } from '../completion/complete.ts';
import { completionScript } from '../completion/scripts.ts';
import type { Shell } from '../completion/shells.ts';
import type { CliContext } from '../context.ts';
import { declaredServers } from '../declared-servers.ts';
import { EXIT } from '../exit-codes.ts';

/** `completion SHELL`: prints the script that the shell reads. */
export const runCompletion = (context: CliContext, shell: Shell): number => {
  context.out(completionScript(shell));
  return EXIT.ok;
};

/** `__complete -- WORDS`: what the scripts ask for. Whatever goes wrong, the person is not disturbed while typing. */
export const runComplete = async (context: CliContext, program: Command, words: readonly string[]): Promise<number> => {
  const sources: NameSources = {
    servers: async () => serverNames(context, words),
    tools: async () => toolNames(context, words),
    clients: async () => (await import('../../config/clients/all-clients.ts')).CLIENTS.map(({ id }) => id),
  };
  const { candidates, paths } = await complete(program, words, sources);
  const lines = candidates.map(
    ({ value, description }) => `${value}${description === '' ? '' : `\t${printable(description)}`}\n`,
  );
  context.out(`${lines.join('')}:${paths}\n`);
  return EXIT.ok;
};

/** Nothing is started and no database opened: the file alone is read. */
const serverNames = async (context: CliContext, words: readonly string[]): Promise<readonly string[]> => {
  try {
    return [...(await declaredServers(context, configFlag(words))).keys()];
  } catch {
    return [];
  }
};

/** What servers offered last time, as clients are shown it; none is started, and nothing is written. */
const toolNames = async (context: CliContext, words: readonly string[]): Promise<readonly string[]> => {
  try {
    const [{ loadServers }, { withHub }] = await Promise.all([import('../load-servers.ts'), import('../with-hub.ts')]);
    const flags = configFlag(words);
    const config = await loadServers(context, flags);
    const unlogged = { ...config, log: { ...config.log, enabled: false } };
    return await withHub(context, flags, { config: unlogged }, async ({ hub }) => hub.knownTools());
  } catch {
    return [];
  }
};

const configFlag = (words: readonly string[]): { readonly config?: string } => {
  const at = words.indexOf('--config');
  const config = at < 0 ? undefined : words[at + 1];
  return config === undefined ? {} : { config };
};
