import { HubError } from '../errors/hub-error.ts';
import { isRecord } from './client-shapes.ts';
import type { ConfigProblem, HubConfig } from './hub-config.ts';
import type { LoadConfigOptions } from './load.ts';
import { createProblemList, type ProblemList } from './problem-list.ts';
import type { ReadConfig } from './read-config.ts';
import { findServers, valueAt } from './server-entries.ts';

export interface ConfigValidation {
  /** The files that were read; a file that cannot be read is in a problem instead. */
  readonly files: readonly string[];
  /** In the order of the file; what only a look at the whole shows is among them. */
  readonly problems: readonly ConfigProblem[];
  /** What the hub would run with; undefined where it would not run. */
  readonly config: HubConfig | undefined;
}

/**
 * Everything that `loadConfig` finds, and what it has no reason to look for: routes that can never match, that repeat each
 * other or lead nowhere, and globs that are none. Each has its place. Never throws for what is wrong with the configuration.
 */
export const validateConfig = async (options: Omit<LoadConfigOptions, 'only'>): Promise<ConfigValidation> => {
  const { readConfig } = await import('./read-config.ts');
  try {
    return await validate(await readConfig(options));
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'CONFIG_INVALID') throw error;
    return { files: [], problems: [{ severity: 'error', message: error.message, path: '' }], config: undefined };
  }
};

const validate = async ({ config, names, routeIndexes, parsed }: ReadConfig): Promise<ConfigValidation> => {
  const problems = createProblemList(parsed && { ...parsed, problems: [] });
  for (const problem of config.problems) problems.add(problem);
  const placed = config.routes.map((route, position) => ({ route, index: routeIndexes[position] ?? position }));
  const { findRouteConflicts } = await import('./route-conflicts.ts');
  for (const report of findRouteConflicts(placed, names)) problems.report(report);
  await checkFilters(config, parsed?.value, problems);
  const all = problems.all();
  const isUsable = all.every(({ severity }) => severity !== 'error');
  return { files: config.files, problems: all, config: isUsable ? { ...config, problems: all } : undefined };
};

/** The globs that say what of a server is shown. */
const checkFilters = async (config: HubConfig, root: unknown, problems: ProblemList): Promise<void> => {
  const { globFault } = await import('./glob-check.ts');
  const entries = isRecord(root) ? findServers(root).entries : [];
  for (const upstream of config.upstreams) {
    for (const kind of ['tools', 'prompts', 'resources'] as const) {
      for (const part of ['include', 'exclude'] as const) {
        for (const [index, glob] of upstream[kind][part].entries()) {
          const fault = globFault(glob);
          if (fault === undefined) continue;
          const own = ['hub', 'servers', upstream.name, kind, part, index];
          const entry = entries.find(({ name }) => name === upstream.name);
          const path = valueAt(root, own) === glob ? own : (entry?.path ?? []);
          const message = `server "${upstream.name}": the glob "${glob}" ${fault}`;
          problems.report({ severity: 'warning', path, message, upstream: upstream.name, isWhole: true });
        }
      }
    }
  }
};
