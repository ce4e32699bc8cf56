import { buildConfig } from './build-config.ts';
import type { ConfigProblem, HubConfig } from './hub-config.ts';
import type { LoadConfigOptions } from './load.ts';
import { type ConfigLocation, locateConfig } from './locate.ts';
import type { ParsedText } from './parse-text.ts';
import { createProblemList } from './problem-list.ts';
import { readSource } from './read-source.ts';

export interface ReadConfig {
  readonly location: ConfigLocation;
  readonly config: HubConfig;
  /** Every server that the file names, with those that are left out. */
  readonly names: readonly string[];
  /** Where each of the configuration's routes stands in the list of the file, counted from 0. */
  readonly routeIndexes: readonly number[];
  readonly parsed: ParsedText | undefined;
  /** The files beside the configuration's own that values were looked for in. */
  readonly valueFiles: readonly string[];
}

/** What `loadConfig` finds, without a judgement: what makes the file unusable is an `error` among the problems. */
export const readConfig = async (options: LoadConfigOptions): Promise<ReadConfig> =>
  readLocated(await locateConfig(options), options);

/** The same of a place that was found before; of a trusted project nothing is read that was not judged then. */
export const readLocated = async (location: ConfigLocation, options: LoadConfigOptions): Promise<ReadConfig> => {
  const source = await readSource(location);
  // What a broken text seems to say is no reason for further complaints.
  const isBroken = source?.problems.some(({ severity }) => severity === 'error') ?? false;
  const parsed = source && isBroken ? { ...source, value: undefined } : source;
  const problems = createProblemList(parsed);
  const { ignoredProjectFile, ignoredBecause = '' } = location;
  if (ignoredProjectFile !== undefined) problems.add(ignored(ignoredProjectFile, ignoredBecause));
  return { location, parsed, ...(await buildConfig(parsed, problems, { ...options, project: location.trusted })) };
};

const ignored = (file: string, message: string): ConfigProblem => ({
  severity: 'warning',
  message,
  path: '',
  place: { file, line: 1, column: 1 },
  isUntrusted: true,
});
