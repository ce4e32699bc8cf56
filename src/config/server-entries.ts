import {
  isRecord,
  KNOWN_TOP_LEVEL_KEYS,
  looksLikeServer,
  SERVER_CONTAINERS,
  type ServerContainer,
} from './client-shapes.ts';

/** One server as the file has it. */
export interface ServerEntry {
  readonly name: string;
  /** Where it stands in the file. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly container: ServerContainer;
}

export interface FoundServers {
  readonly entries: readonly ServerEntry[];
  /** The containers that the file has, in the order in which they are searched; empty for a file without servers. */
  readonly containers: readonly ServerContainer[];
  /** Containers that hold neither a map nor a list. */
  readonly broken: readonly ServerContainer[];
}

const BARE_MAP: ServerContainer = { path: [], when: 'if-servers' };

/** Finds the servers of a parsed configuration, whichever client's shape it has. */
export const findServers = (root: Readonly<Record<string, unknown>>): FoundServers => {
  const named = SERVER_CONTAINERS.filter((container) => holdsServers(valueAt(root, container.path), container));
  const containers = named.length > 0 || !isBareMap(root) ? named : [BARE_MAP];
  const broken = containers.filter(({ path }) => !isMapOrList(valueAt(root, path)));
  return { containers, broken, entries: containers.flatMap((container) => entriesOf(root, container)) };
};

export const valueAt = (root: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, root);

const holdsServers = (value: unknown, { when }: ServerContainer): boolean =>
  when === 'always' ? value !== undefined && value !== null : membersOf(value).some(looksLikeServer);

const isBareMap = (root: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(root).some(([key, value]) => !KNOWN_TOP_LEVEL_KEYS.includes(key) && looksLikeServer(value));

const isMapOrList = (value: unknown): boolean => isRecord(value) || Array.isArray(value);

const membersOf = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [];
};

const entriesOf = (root: unknown, container: ServerContainer): ServerEntry[] => {
  const servers = valueAt(root, container.path);
  if (Array.isArray(servers)) {
    return servers.map((value: unknown, index) => ({
      name: isRecord(value) && typeof value['name'] === 'string' ? value['name'] : '',
      path: [...container.path, index],
      value,
      container,
    }));
  }
  if (!isRecord(servers)) return [];
  const isBare = container === BARE_MAP;
  return Object.entries(servers)
    .filter(([name, value]) => !isBare || (!KNOWN_TOP_LEVEL_KEYS.includes(name) && looksLikeServer(value)))
    .map(([name, value]) => ({ name, path: [...container.path, name], value, container }));
};
