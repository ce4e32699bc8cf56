import { existsSync } from 'node:fs';
import { type ConfigLocation, locateConfig } from '../../config/locate.ts';
import { stateDirectory } from '../../config/state-directory.ts';
import { printable } from '../../utils/printable.ts';
import type { CliContext } from '../context.ts';
import type { ConfigFlags } from '../declare-config-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { columns, shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { configOptions } from '../load-servers.ts';

/** `config path`: which file is read and why, and where the state is. Nothing is read or created. */
export const runConfigPath = async (context: CliContext, flags: ConfigFlags): Promise<number> => {
  const location = await locateConfig(configOptions(context, flags));
  const stateDir = stateDirectory(context.env);
  if (flags.json === true) {
    const { file, source, userFile, ignoredProjectFile, ignoredBecause } = location;
    const ignored = { ignoredProjectFile, ignoredBecause };
    context.out(jsonText({ schemaVersion: 1, file: file ?? null, source, userFile, ...ignored, stateDir }));
    return EXIT.ok;
  }
  const short = (path: string): string => printable(shortPath(path, context.env));
  const rows = [
    [
      'config',
      location.file === undefined
        ? `none yet; the first "mcp-hub add" writes ${short(location.userFile)}`
        : `${short(location.file)}${existsSync(location.file) ? '' : ' (there is no such file)'}`,
    ],
    ['because', REASONS[location.source]],
    ...(location.ignoredProjectFile === undefined
      ? []
      : [
          ['ignored', short(location.ignoredProjectFile)],
          ['because', printable(location.ignoredBecause ?? '')],
        ]),
    ['state', short(stateDir)],
  ];
  context.out(columns(rows));
  return EXIT.ok;
};

const REASONS: Readonly<Record<ConfigLocation['source'], string>> = {
  option: 'it was named with --config',
  environment: 'MCP_HUB_CONFIG names it',
  project: "it is the project's own, and it is trusted",
  user: "it is the user's own, and no other was named",
  none: 'no file was named, and the user has none',
};
