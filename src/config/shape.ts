import { isRecord, KNOWN_TOP_LEVEL_KEYS, SERVER_CONTAINERS } from './client-shapes.ts';
import type { KeyPath, ParsedText } from './parse-text.ts';
import type { ProblemList } from './problem-list.ts';
import { didYouMean } from './problem-sentences.ts';
import { type FoundServers, findServers } from './server-entries.ts';

export interface Shape {
  readonly root: Readonly<Record<string, unknown>>;
  readonly hub: Readonly<Record<string, unknown>>;
  readonly found: FoundServers;
}

/** What the parts of a file are, none of them looked into yet. Where one is wrong as a whole, an `error` says so and all are empty. */
export const checkShape = (parsed: ParsedText | undefined, problems: ProblemList): Shape => {
  const root = parsed?.value ?? {};
  if (!isRecord(root)) {
    const message = 'the configuration must be an object: begin the file with {';
    problems.report({ severity: 'error', path: [], message });
    return EMPTY;
  }
  const hub = root['hub'] ?? {};
  const found = findServers(root);
  const faults = [...serverFaults(found), ...hubFaults(hub)];
  for (const [path, message] of faults) problems.report({ severity: 'error', path, message });
  if (faults.length > 0 || !isRecord(hub)) return EMPTY;
  reportUnknownKeys(root, found.containers[0]?.path.length === 0, problems);
  return { root, hub, found };
};

const EMPTY: Shape = { root: {}, hub: {}, found: { entries: [], containers: [], broken: [] } };

/** Far beyond what a person configures; each is compared with each. */
const MAX_ENTRIES = 1_000;

type Fault = readonly [path: KeyPath, message: string];

const serverFaults = ({ broken, containers, entries }: FoundServers): readonly Fault[] => [
  ...broken.map(({ path }): Fault => [path, 'must be an object of servers']),
  ...tooMany(containers[0]?.path ?? [], entries.length),
];

/** `servers` and `routes` decide what is exposed and who answers: to go on without them would be to go on with other rules. */
const hubFaults = (hub: unknown): readonly Fault[] => {
  if (!isRecord(hub)) return [[['hub'], 'must be an object']];
  const servers = hub['servers'] ?? {};
  const routes = hub['routes'] ?? [];
  return [
    ...(isRecord(servers)
      ? tooMany(['hub', 'servers'], Object.keys(servers).length)
      : [[['hub', 'servers'], 'must be an object'] as const]),
    ...(Array.isArray(routes)
      ? tooMany(['hub', 'routes'], routes.length)
      : [[['hub', 'routes'], 'must be a list'] as const]),
  ];
};

const tooMany = (path: KeyPath, count: number): readonly Fault[] =>
  count > MAX_ENTRIES ? [[path, `holds more than ${MAX_ENTRIES} entries`]] : [];

/** More unknown keys than this are the file of another program, which says so in one sentence. */
const MANY_KEYS = 4;

const reportUnknownKeys = (
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
