import { isRecord } from './client-shapes.ts';
import type { KeyPath } from './parse-text.ts';

/** The part of JSON Schema in which the checks of the configuration can be said. */
export interface PlainSchema {
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly PlainSchema[];
  readonly items?: PlainSchema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, PlainSchema>>;
  /** Members that have to be there, or have a default. */
  readonly required?: readonly string[];
  /** `false`: other members are unknown. Default: they stay as they are. */
  readonly additionalProperties?: PlainSchema | boolean;
  readonly propertyNames?: PlainSchema;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

export interface Accepted {
  /** The value with its defaults, without the members that are unknown. */
  readonly value: unknown;
  /** Where those members stand. */
  readonly unknown: readonly KeyPath[];
}

/**
 * Accepts a value that is right but for members that nobody knows; undefined where anything is wrong, whatever it is. What
 * is accepted becomes what the schema in schema.ts makes of it, without the package that runs that schema and explains
 * what is wrong: to load it would take longer than all else in the start of the hub.
 */
export const accept = (schema: PlainSchema, value: unknown): Accepted | undefined => {
  const unknown: KeyPath[] = [];
  const accepted = take(schema, value, [], unknown);
  return accepted === REFUSED ? undefined : { value: accepted, unknown };
};

const REFUSED = Symbol('refused');

const take = (schema: PlainSchema, value: unknown, path: KeyPath, unknown: KeyPath[]): unknown => {
  if (schema.anyOf) return takeAny(schema.anyOf, value, path, unknown);
  if (schema.enum) return schema.enum.includes(value) ? value : REFUSED;
  if (typeof schema.type === 'object')
    return takeAny(
      schema.type.map((type) => ({ ...schema, type })),
      value,
      path,
      unknown,
    );
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' && isRightText(schema, value) ? value : REFUSED;
    case 'number':
      return Number.isFinite(value) && isInRange(schema, value as number) ? value : REFUSED;
    case 'integer':
      return Number.isSafeInteger(value) && isInRange(schema, value as number) ? value : REFUSED;
    case 'boolean':
      return typeof value === 'boolean' ? value : REFUSED;
    case 'null':
      return value === null ? value : REFUSED;
    case 'array':
      return takeList(schema, value, path, unknown);
    case 'object':
      return isRecord(value) ? takeObject(schema, value, path, unknown) : REFUSED;
    case undefined:
      return value;
    default:
      return REFUSED;
  }
};

const takeAny = (schemas: readonly PlainSchema[], value: unknown, path: KeyPath, unknown: KeyPath[]): unknown => {
  for (const schema of schemas) {
    const own: KeyPath[] = [];
    const taken = take(schema, value, path, own);
    if (taken === REFUSED) continue;
    unknown.push(...own);
    return taken;
  }
  return REFUSED;
};

const isRightText = ({ minLength = 0, maxLength = Infinity, pattern }: PlainSchema, text: string): boolean =>
  text.length >= minLength && text.length <= maxLength && (pattern === undefined || new RegExp(pattern).test(text));

const isInRange = ({ minimum, maximum, exclusiveMinimum }: PlainSchema, value: number): boolean =>
  value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity) && value > (exclusiveMinimum ?? -Infinity);

const takeList = ({ items, minItems = 0 }: PlainSchema, value: unknown, path: KeyPath, unknown: KeyPath[]): unknown => {
  if (!Array.isArray(value) || value.length < minItems || items === undefined) return REFUSED;
  const taken = value.map((item: unknown, index) => take(items, item, [...path, index], unknown));
  return taken.includes(REFUSED) ? REFUSED : taken;
};

const takeObject = (
  schema: PlainSchema,
  value: Readonly<Record<string, unknown>>,
  path: KeyPath,
  unknown: KeyPath[],
): unknown => {
  const { properties = {}, required = [], propertyNames, additionalProperties: others = true } = schema;
  const members: [string, unknown][] = [];
  for (const [key, property] of Object.entries(properties)) {
    const given = Object.hasOwn(value, key) ? value[key] : property.default;
    if (given !== undefined) members.push([key, take(property, given, [...path, key], unknown)]);
    else if (required.includes(key)) return REFUSED;
  }
  for (const [key, member] of Object.entries(value)) {
    if (Object.hasOwn(properties, key)) continue;
    if (propertyNames && take(propertyNames, key, path, unknown) === REFUSED) return REFUSED;
    if (others === false) unknown.push([...path, key]);
    else members.push([key, others === true ? member : take(others, member, [...path, key], unknown)]);
  }
  return members.some(([, member]) => member === REFUSED) ? REFUSED : Object.fromEntries(members);
};
