import { isJsonObject, type JsonObject, type JsonValue } from '../../protocol/json.ts';

/**
 * What is read of an entry of the registry (`ServerResponse` of its openapi.yaml, 2025-12). Whatever has another shape is
 * left out: the text is of strangers.
 */
export interface ServerDetail {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly version: string;
  readonly repository?: string;
  readonly website?: string;
  readonly status: string;
  readonly statusMessage?: string;
  readonly packages: readonly PackageDetail[];
  readonly remotes: readonly RemoteDetail[];
}

export interface PackageDetail {
  /** `npm`, `pypi`, `oci`, `nuget`, `mcpb`, or another word. */
  readonly registryType: string;
  readonly registryBaseUrl?: string;
  readonly identifier: string;
  readonly version?: string;
  readonly runtimeHint?: string;
  /** `stdio`, `streamable-http` or `sse`. */
  readonly transport: string;
  readonly runtimeArguments: readonly InputDetail[];
  readonly packageArguments: readonly InputDetail[];
  readonly environmentVariables: readonly InputDetail[];
}

export interface RemoteDetail {
  readonly type: string;
  readonly url: string;
  readonly headers: readonly InputDetail[];
  readonly variables: Readonly<Record<string, InputDetail>>;
}

/** An argument, a variable of the environment, a header, or a variable inside of one. */
export interface InputDetail {
  /** Of an argument: `positional` or `named`. */
  readonly type?: string;
  /** The flag, the variable or the header; of a positional argument its `valueHint`. */
  readonly name: string;
  readonly description?: string;
  readonly value?: string;
  readonly default?: string;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  readonly variables: Readonly<Record<string, InputDetail>>;
}

/** Undefined for what is no entry. */
export const readServer = (response: JsonObject): ServerDetail | undefined => {
  const server = objectOf(response['server']);
  const name = text(server['name'], 200);
  if (name === undefined) return undefined;
  const official = objectOf(objectOf(response['_meta'])['io.modelcontextprotocol.registry/official']);
  return {
    name,
    ...given('title', text(server['title'], 200)),
    description: text(server['description'], 500) ?? '',
    version: text(server['version'], 255) ?? '',
    ...given('repository', text(objectOf(server['repository'])['url'], 500)),
    ...given('website', text(server['websiteUrl'], 500)),
    status: text(official['status'], 50) ?? 'active',
    ...given('statusMessage', text(official['statusMessage'], 500)),
    packages: objectsOf(server['packages']).flatMap(readPackage),
    remotes: objectsOf(server['remotes']).flatMap(readRemote),
  };
};

const readPackage = (from: JsonObject): PackageDetail[] => {
  const registryType = text(from['registryType'], 50);
  const identifier = text(from['identifier'], 1000);
  if (registryType === undefined || identifier === undefined) return [];
  return [
    {
      registryType,
      identifier,
      ...given('registryBaseUrl', text(from['registryBaseUrl'], 1000)),
      ...given('version', text(from['version'], 255)),
      ...given('runtimeHint', text(from['runtimeHint'], 50)),
      transport: text(objectOf(from['transport'])['type'], 50) ?? 'stdio',
      runtimeArguments: inputsOf(from['runtimeArguments']),
      packageArguments: inputsOf(from['packageArguments']),
      environmentVariables: inputsOf(from['environmentVariables']),
    },
  ];
};

const readRemote = (from: JsonObject): RemoteDetail[] => {
  const type = text(from['type'], 50);
  const url = text(from['url'], 2000);
  if (type === undefined || url === undefined) return [];
  return [{ type, url, headers: inputsOf(from['headers']), variables: variablesOf(from['variables']) }];
};

const MOST_INPUTS = 100;

const inputsOf = (from: JsonValue | undefined): InputDetail[] =>
  objectsOf(from)
    .slice(0, MOST_INPUTS)
    .map((input) => readInput(text(input['name'], 200) ?? text(input['valueHint'], 200) ?? '', input));

const variablesOf = (from: JsonValue | undefined): Record<string, InputDetail> =>
  Object.fromEntries(
    Object.entries(objectOf(from))
      .slice(0, MOST_INPUTS)
      .map(([name, input]) => [name, readInput(name, objectOf(input))]),
  );

const readInput = (name: string, from: JsonObject): InputDetail => ({
  name,
  ...given('type', text(from['type'], 50)),
  ...given('description', text(from['description'], 500)),
  ...given('value', text(from['value'], 4000)),
  ...given('default', text(from['default'], 4000)),
  isRequired: from['isRequired'] === true,
  isSecret: from['isSecret'] === true,
  variables: variablesOf(from['variables']),
});

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

const objectsOf = (value: JsonValue | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

/** Longer texts are cut; what is no text counts as absent. Numbers and truth values are what authors write for a default. */
const text = (value: JsonValue | undefined, mostChars: number): string | undefined => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && !value.includes('\0') ? value.slice(0, mostChars) : undefined;
};

const given = <Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> =>
  value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, string>>);
