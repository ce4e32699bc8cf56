import { buildUpstream } from './build-upstream.ts';
import { checkRedact } from './check-redact.ts';
import { checkSettings } from './check-settings.ts';
import { isRecord, KNOWN_TOP_LEVEL_KEYS, SERVER_CONTAINERS } from './client-shapes.ts';
import { createInterpolationContext } from './environment.ts';
import type { HubConfig, RouteConfig, SourcePlace, UpstreamConfig } from './hub-config.ts';
import type { InterpolationContext } from './interpolate.ts';
import { normaliseEntry } from './normal-entry.ts';
import type { ParsedText } from './parse-text.ts';
import { settlePrefixes } from './prefixes.ts';
import type { ProblemList } from './problem-list.ts';
import { didYouMean } from './problem-sentences.ts';
import type { HubSettings, RouteSettings, ServerSettings } from './schema.ts';
import { findServers, type ServerEntry } from './server-entries.ts';

export interface BuildOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Names of the upstreams to keep; default all. */
  readonly only?: readonly string[];
}

export interface Built {
  readonly config: HubConfig;
  /** Every server that the file names, with those that are left out. */
  readonly names: readonly string[];
  /** Where each of the configuration's routes stands in the list of the file, counted from 0. */
  readonly routeIndexes: readonly number[];
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
  const root = rootOf(parsed, problems);
  const hub = hubOf(root, problems);
  const { servers: serverSettings, routes: routeRows, ...rest } = hub;
  const settings = await checkHub(rest, problems);
  const found = findServers(root);
  for (const { path } of found.broken)
    problems.report({ severity: 'error', path, message: 'must be an object of servers' });
  reportUnknownTopLevel(root, found.containers.length > 0 && found.containers[0]?.path.length === 0, problems);
  const entries = uniqueEntries(found.entries, problems);
  const names = [...new Set(found.entries.map(({ name }) => name))];
  reportUnknownServers(serverSettings, names, problems);
  const wanted = entries.filter(({ name }) => options.only?.includes(name) ?? true);
  const { inputs } = root;
  const file = parsed?.file;
  const context = await createInterpolationContext({ ...options, file, envFile: settings.envFile, inputs, problems });
  const upstreams = await buildUpstreams(wanted, { serverSettings, settings, context, problems });
  const routes = await buildRoutes(routeRows, parsed, problems);
  const { separator, maxNameLength, timeouts, limits, log, cache } = settings;
  return {
    names,
    routeIndexes: routes.map(({ index }) => index),
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
      problems: problems.all(),
    },
  };
};

const rootOf = (parsed: ParsedText | undefined, problems: ProblemList): Readonly<Record<string, unknown>> => {
  const value = parsed?.value ?? {};
  if (isRecord(value)) return value;
  problems.report({
    severity: 'error',
    path: [],
    message: 'the configuration must be an object: begin the file with {',
  });
  return {};
};

const hubOf = (root: Readonly<Record<string, unknown>>, problems: ProblemList): Readonly<Record<string, unknown>> => {
  const hub = root['hub'] ?? {};
  if (!isRecord(hub)) {
    problems.report({ severity: 'error', path: ['hub'], message: 'must be an object' });
    return {};
  }
  const { servers, routes } = hub;
  // These decide what is exposed and who answers: to go on without them would be to go on with other rules.
  if (!isRecord(servers ?? {}))
    problems.report({ severity: 'error', path: ['hub', 'servers'], message: 'must be an object' });
  if (!Array.isArray(routes ?? []))
    problems.report({ severity: 'error', path: ['hub', 'routes'], message: 'must be a list' });
  return hub;
};

const checkHub = async (hub: Readonly<Record<string, unknown>>, problems: ProblemList): Promise<HubSettings> => {
  const { hubSettingsSchema } = await import('./schema.ts');
  const path = ['hub'];
  const consequence = 'the default counts';
  const checked = checkSettings<HubSettings>({ schema: hubSettingsSchema, value: hub, path, problems, consequence });
  return checked.value ?? hubSettingsSchema.parse({});
};

/** More unknown keys than this are the file of another program, which says so in one sentence. */
const MANY_KEYS = 4;

const reportUnknownTopLevel = (
  root: Readonly<Record<string, unknown>>,
  isBareMap: boolean,
  problems: ProblemList,
): void => {
  const containerKeys = SERVER_CONTAINERS.flatMap(({ path }) => path.slice(0, 1));
  const known = [...KNOWN_TOP_LEVEL_KEYS, ...containerKeys];
  const unknown = Object.keys(root).filter((key) => !known.includes(key) && !/^[$_/#]/.test(key));
  const strangers = isBareMap ? unknown.filter((key) => !isRecord(root[key])) : unknown;
  if (strangers.length > MANY_KEYS) {
    const message = `${strangers.length} keys beside the servers are ignored: ${strangers.slice(0, 3).join(', ')} ...`;
    problems.report({ severity: 'warning', path: [strangers[0] ?? ''], message, isWhole: true });
    return;
  }
  for (const key of strangers) {
    const message = `is not known here and is ignored${didYouMean(key, known)}`;
    problems.report({ severity: 'warning', path: [key], message });
  }
};

const uniqueEntries = (entries: readonly ServerEntry[], problems: ProblemList): readonly ServerEntry[] => {
  const seen = new Map<string, string>();
  return entries.filter((entry) => {
    const { name, path } = entry;
    const skip = (why: string): false => {
      problems.report({ severity: 'skipped', path, upstream: name, message: why, isWhole: true });
      return false;
    };
    if (name.trim() === '') return skip('a server is left out: it has no name');
    if (/\p{Cc}/u.test(name))
      return skip(`server ${JSON.stringify(name)} is left out: its name has control characters`);
    const twin = seen.get(name.toLowerCase());
    if (twin === name) return skip(`server "${name}" is left out: it is given twice; the first counts`);
    if (twin !== undefined) {
      const message = `the names "${twin}" and "${name}" differ only in upper and lower case; rename one`;
      problems.report({ severity: 'warning', path, upstream: name, message, isWhole: true });
    }
    seen.set(name.toLowerCase(), name);
    return true;
  });
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
    const upstream = normal && (await buildUpstream({ entry, normal, settings: own, timeouts, context, problems }));
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
  const { serverSettingsSchema } = await import('./schema.ts');
  const value = isRecord(servers) && Object.hasOwn(servers, name) ? (servers[name] ?? {}) : {};
  const checked = checkSettings<ServerSettings>({
    schema: serverSettingsSchema,
    value,
    path: ['hub', 'servers', name],
    problems,
    upstream: name,
    consequence: `server "${name}" is left out`,
    isWhole: true,
  });
  return checked.isSound ? checked.value : undefined;
};

const buildRoutes = async (
  rows: unknown,
  parsed: ParsedText | undefined,
  problems: ProblemList,
): Promise<readonly { readonly route: RouteConfig; readonly index: number }[]> => {
  if (!Array.isArray(rows)) return [];
  const { routeSchema } = await import('./schema.ts');
  const consequence = 'the route is left out';
  return rows.flatMap((value: unknown, index) => {
    const path = ['hub', 'routes', index];
    const options = { schema: routeSchema, value, path, problems, consequence, isWhole: true };
    const checked = checkSettings<RouteSettings>(options);
    return checked.isSound && checked.value ? [{ index, route: routeOf(checked.value, parsed?.placeOf(path)) }] : [];
  });
};

const routeOf = ({ match, kind, to, strategy, scope }: RouteSettings, place: SourcePlace | undefined): RouteConfig => ({
  match,
  to: typeof to === 'string' ? [to] : to,
  strategy,
  ...(kind !== undefined && { kind }),
  ...(scope !== undefined && { scope }),
  ...(place && { place }),
});
