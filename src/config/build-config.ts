import { buildRoutes } from './build-routes.ts';
import { buildUpstream } from './build-upstream.ts';
import { checkRedact } from './check-redact.ts';
import { checkSettings } from './check-settings.ts';
import { isRecord } from './client-shapes.ts';
import { createInterpolationContext } from './environment.ts';
import type { HubConfig, UpstreamConfig } from './hub-config.ts';
import type { InterpolationContext } from './interpolate.ts';
import { readKeptSecrets } from './kept-secrets.ts';
import { normaliseEntry } from './normal-entry.ts';
import type { ParsedText } from './parse-text.ts';
import { settlePrefixes } from './prefixes.ts';
import type { ProblemList } from './problem-list.ts';
import { didYouMean } from './problem-sentences.ts';
import type { ProjectSource } from './project-source.ts';
import type { HubSettings, ServerSettings } from './schema.ts';
import { createSecretTexts } from './secret-texts.ts';
import type { ServerEntry } from './server-entries.ts';
import { checkShape } from './shape.ts';
import { uniqueEntries } from './unique-entries.ts';

export interface BuildOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Names of the upstreams to keep; default all. */
  readonly only?: readonly string[];
  /** The trusted project that the file is of; default: it is of none. */
  readonly project?: ProjectSource | undefined;
}

export interface Built {
  readonly config: HubConfig;
  /** Every server that the file names, with those that are left out. */
  readonly names: readonly string[];
  /** Where each of the configuration's routes stands in the list of the file, counted from 0. */
  readonly routeIndexes: readonly number[];
  /** The files beside the configuration's own that values were looked for in. */
  readonly valueFiles: readonly string[];
}

/**
 * The configuration that a parsed file means. Nothing is thrown for what is wrong in it: an `error` among the problems says
 * that it should not be used as it is.
 */
export const buildConfig = async (
  parsed: ParsedText | undefined,
  problems: ProblemList,
  options: BuildOptions,
): Promise<Built> => {
  const { root, hub, found } = checkShape(parsed, problems);
  const { servers: serverSettings, routes: routeRows, ...rest } = hub;
  const settings = await checkHub(rest, problems);
  const entries = uniqueEntries(found.entries, problems);
  const names = [...new Set(found.entries.map(({ name }) => name))];
  reportUnknownServers(serverSettings, names, problems);
  const wanted = entries.filter(({ name }) => options.only?.includes(name) ?? true);
  const { inputs } = root;
  const file = parsed?.file;
  const valueFiles = new Set<string>();
  const onFile = (each: string): void => void valueFiles.add(each);
  const secretTexts = createSecretTexts();
  const referring = [wanted.map(({ value }) => value), serverSettings];
  const secrets = await readKeptSecrets(referring, options.env, problems, onFile);
  const { envFile } = settings;
  const values = { inputs, problems, secrets, secretTexts, onFile };
  const context = createInterpolationContext({ ...options, file, envFile, ...values });
  const upstreams = await buildUpstreams(wanted, { serverSettings, settings, context, problems });
  const routes = await buildRoutes(routeRows, parsed, problems);
  const { separator, maxNameLength, timeouts, limits, log, cache } = settings;
  return {
    names,
    routeIndexes: routes.map(({ index }) => index),
    valueFiles: [...valueFiles],
    config: {
      files: file === undefined ? [] : [file],
      separator,
      maxNameLength,
      upstreams: settlePrefixes(upstreams, separator, entries, problems),
      routes: routes.map(({ route }) => route),
      timeouts: { ...timeouts, maxCallMs: Math.max(timeouts.callMs, timeouts.maxCallMs) },
      limits,
      log: { ...log, redact: checkRedact(log.redact, problems) },
      cacheRefresh: cache.refresh,
      secrets: secretTexts,
      problems: problems.all(),
    },
  };
};

const checkHub = async (hub: Readonly<Record<string, unknown>>, problems: ProblemList): Promise<HubSettings> => {
  const options = { kind: 'hub', path: ['hub'], problems, consequence: 'the default counts' } as const;
  const checked = await checkSettings<HubSettings>({ ...options, value: hub });
  const { value: defaults } = await checkSettings<HubSettings>({ ...options, value: {} });
  return checked.value ?? (defaults as HubSettings);
};

const reportUnknownServers = (servers: unknown, names: readonly string[], problems: ProblemList): void => {
  if (!isRecord(servers)) return;
  for (const name of Object.keys(servers).filter((key) => !names.includes(key))) {
    const message = `is for a server that is not configured${didYouMean(name, names)}`;
    problems.report({ severity: 'warning', path: ['hub', 'servers', name], message });
  }
};

interface UpstreamOptions {
  readonly serverSettings: unknown;
  readonly settings: HubSettings;
  readonly context: InterpolationContext;
  readonly problems: ProblemList;
}

const buildUpstreams = async (
  entries: readonly ServerEntry[],
  { serverSettings, settings, context, problems }: UpstreamOptions,
): Promise<readonly UpstreamConfig[]> => {
  const upstreams: UpstreamConfig[] = [];
  const { timeouts } = settings;
  for (const entry of entries) {
    const own = await checkServer(entry.name, serverSettings, problems);
    const normal = own && (await normaliseEntry(entry, problems));
    const upstream = normal && buildUpstream({ entry, normal, settings: own, timeouts, context, problems });
    if (upstream) upstreams.push(upstream);
  }
  return upstreams;
};

/** Undefined where a setting is wrong: a server whose filter was mistyped must not show everything. */
const checkServer = async (
  name: string,
  servers: unknown,
  problems: ProblemList,
): Promise<ServerSettings | undefined> => {
  const value = isRecord(servers) && Object.hasOwn(servers, name) ? (servers[name] ?? {}) : {};
  const checked = await checkSettings<ServerSettings>({
    kind: 'server',
    value,
    path: ['hub', 'servers', name],
    problems,
    upstream: name,
    consequence: `server "${name}" is left out`,
    isWhole: true,
  });
  return checked.isSound ? checked.value : undefined;
};
