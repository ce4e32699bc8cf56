import { isJsonObject, type JsonValue } from '../protocol/json.ts';

/** Tells what is wrong with a value that stands at `path`, or undefined where nothing is. */
export type Shape = (value: JsonValue, path: string) => string | undefined;

export const text: Shape = (value, path) => (typeof value === 'string' ? undefined : `${path} must be a string`);

export const flag: Shape = (value, path) => (typeof value === 'boolean' ? undefined : `${path} must be true or false`);

export const numeric: Shape = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : `${path} must be a number`;

/** A number from 0 to 1. */
export const share: Shape = (value, path) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? undefined : `${path} must be a number from 0 to 1`;

/** A JSON Schema: an object, or true or false. */
export const schema: Shape = (value, path) =>
  isJsonObject(value) || typeof value === 'boolean' ? undefined : `${path} must be a schema`;

/** A point in time as RFC 3339 writes it. */
export const instant: Shape = (value, path) =>
  typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : `${path} must be a time such as 2026-07-28T12:00:00Z`;

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

export const oneOf =
  (...choices: readonly string[]): Shape =>
  (value, path) =>
    choices.includes(value as string) ? undefined : `${path} must be ${choices.map((c) => `"${c}"`).join(' or ')}`;

export const listOf =
  (item: Shape): Shape =>
  (value, path) =>
    Array.isArray(value)
      ? firstFault(
          value.map((element, index) => [element, `${path}[${index}]`]),
          item,
        )
      : `${path} must be an array`;

export const mapOf =
  (item: Shape): Shape =>
  (value, path) =>
    isJsonObject(value)
      ? firstFault(
          Object.entries(value).map(([key, element]) => [element, `${path}.${key}`]),
          item,
        )
      : `${path} must be an object`;

/** An object whose members, where they are there, have their shapes; others may have any. */
export const objectWith =
  (members: Readonly<Record<string, Shape>> = {}, required: readonly string[] = []): Shape =>
  (value, path) => {
    if (!isJsonObject(value)) return `${path} must be an object`;
    const missing = required.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return `${path}.${missing} is missing`;
    for (const [name, shape] of Object.entries(members)) {
      const fault = Object.hasOwn(value, name) ? shape(value[name] as JsonValue, `${path}.${name}`) : undefined;
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

const firstFault = (items: ReadonlyArray<readonly [JsonValue, string]>, shape: Shape): string | undefined => {
  for (const [value, path] of items) {
    const fault = shape(value, path);
    if (fault !== undefined) return fault;
  }
  return undefined;
};
