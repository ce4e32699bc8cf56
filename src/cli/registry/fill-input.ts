import { HubError } from '../../errors/hub-error.ts';
import type { InputDetail } from './server-detail.ts';

/** What the person has given, and what was found to be needed besides. */
export interface Filling {
  /** Values by the name of an input: `--set NAME=VALUE`. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Put before names of variables that only the registry has chosen: `WEATHER_`. */
  readonly prefix: string;
  /** Collects the inputs that need a value and have none. */
  readonly missing: InputDetail[];
  /** Collects the variables of the environment that the entry refers to. */
  readonly references: Set<string>;
}

const MARK = '\u0000';

/**
 * The value of an input with its `{variables}` filled in; undefined where it has none and needs none. A secret is never
 * stored: a reference to the person's own environment stands in its place.
 * @throws HubError `REGISTRY_FAILED` where the registry's text would read the environment by itself
 */
export const fillInput = (input: InputDetail, filling: Filling): string | undefined => {
  const raw = rawValue(input, filling);
  if (raw === undefined) return undefined;
  return withReferences(fillTemplate(raw, input.variables, filling), input.name);
};

/** A URL with its variables filled in. */
export const fillUrl = (url: string, variables: Readonly<Record<string, InputDetail>>, filling: Filling): string =>
  withReferences(fillTemplate(url, variables, filling), 'the URL');

const rawValue = (input: InputDetail, filling: Filling): string | undefined => {
  const [given] = filling.values.get(input.name) ?? [];
  // What the registry fixes is not for the person to change.
  if (input.value !== undefined) return input.value;
  if (given !== undefined) return given.replaceAll(/\$\{([^{}]*)\}/g, `${MARK}$1${MARK}`);
  if (input.isSecret && input.isRequired) return refer(filling, filling.prefix + variableName(input.name));
  if (input.default !== undefined) return input.default;
  if (input.isRequired) filling.missing.push(input);
  return undefined;
};

const fillTemplate = (template: string, variables: Readonly<Record<string, InputDetail>>, filling: Filling): string =>
  template.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return variable === undefined ? whole : (rawValue(variable, filling) ?? '');
  });

/** A reference as the configuration has them, marked so that it is told from text of the registry. */
const refer = ({ references }: Filling, variable: string): string => {
  references.add(variable);
  return `${MARK}${variable}${MARK}`;
};

/** `${...}` of the registry's own would hand the person's secrets to the server. */
const withReferences = (text: string, where: string): string => {
  if (text.includes('${'))
    throw new HubError(
      'REGISTRY_FAILED',
      `the entry of the registry is refused: ${where} would read your environment`,
      {
        hint: 'report it to the registry; do not add this server',
      },
    );
  const parts = text.split(MARK);
  return parts.map((part, index) => (index % 2 === 1 ? `\${${part}}` : part)).join('');
};

/** `x-api-key` as the name of a variable: `X_API_KEY`. */
export const variableName = (name: string): string => name.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase();
