import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, parseLossless } from '../protocol/json.ts';
import { usage } from './cli-errors.ts';

/** The arguments of a tool as they were typed, with files read: what is not JSON gets its type from the schema. */
export interface TypedArguments {
  readonly base: JsonObject;
  readonly given: readonly GivenValue[];
}

type GivenValue = { readonly key: string } & ({ readonly text: string } | { readonly json: JsonValue });

export interface ParseOptions {
  /** Where `key=@file` looks. */
  readonly cwd: string;
  /** The value of `--args`, read already: one JSON object. */
  readonly json?: string | undefined;
}

/**
 * Reads `key=value`, `key:=json` and `key=@file`.
 * @throws HubError `USAGE` for what is not of these forms, and for files that cannot be read.
 */
export const parseToolArguments = (values: readonly string[], options: ParseOptions): TypedArguments => {
  const base = options.json === undefined ? {} : parseObject(options.json);
  const given = values.map((value) => parseAssignment(value, options.cwd));
  const twice = given.find(({ key }, index) => given.findIndex((other) => other.key === key) < index);
  if (twice !== undefined) throw usage(`argument ${twice.key} is given twice`, LIST_HINT);
  return { base, given };
};

/**
 * The arguments as the tool gets them; typed values win over the same keys of `--args`.
 * @param schema the tool's `inputSchema`, where it is known; without it every value that is not JSON is text.
 * @throws HubError `USAGE` for a value that is not of the type that the schema names.
 */
export const toolArguments = ({ base, given }: TypedArguments, schema: JsonObject | undefined): JsonObject => {
  const values = given.map((value): [string, JsonValue] => [
    value.key,
    'json' in value ? value.json : typed(value.key, value.text, schema),
  ]);
  return Object.fromEntries([...Object.entries(base), ...values]);
};

const LIST_HINT = `a list is written as JSON: key:='["a","b"]'`;

const parseObject = (text: string): JsonObject => {
  const value = parseJson(text, '--args');
  if (isJsonObject(value)) return value;
  throw usage('--args is not a JSON object', `like this: --args '{"key":"value"}'`);
};

const parseJson = (text: string, what: string): JsonValue => {
  try {
    return parseLossless(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usage(`${what} is not JSON: ${why}`, `quote it for the shell: --args '{"key":"value"}'`, error);
  }
};

const parseAssignment = (text: string, cwd: string): GivenValue => {
  const at = text.indexOf('=');
  if (at < 1) throw usage(`"${text}" is not of the form key=value`, 'run: mcp-hub help call');
  const value = text.slice(at + 1);
  if (text[at - 1] === ':') {
    const key = text.slice(0, at - 1);
    return { key, json: parseJson(value, `the value of ${key}`) };
  }
  const key = text.slice(0, at);
  return { key, text: value.startsWith('@') ? readValue(key, value.slice(1), cwd) : value };
};

const readValue = (key: string, file: string, cwd: string): string => {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch (error) {
    const hint = `for a text that begins with @ write ${key}:='"@${file}"'`;
    throw usage(`the file for ${key} cannot be read: ${file}`, hint, error);
  }
};

const typed = (key: string, text: string, schema: JsonObject | undefined): JsonValue => {
  const types = typesOf(propertyOf(schema, key));
  if (types.size === 0 || types.has('string')) return text;
  if (types.has('null') && text === 'null') return null;
  if (types.has('boolean') && /^(?:true|false)$/.test(text)) return text === 'true';
  const value = parseOrUndefined(text);
  if ((types.has('integer') || types.has('number')) && /^-?\d/.test(text.trim()) && value !== undefined) return value;
  if (types.has('object') && isJsonObject(value)) return value;
  if (types.has('array') && Array.isArray(value)) return value;
  const wanted = [...types].join(' or ');
  throw usage(
    `argument ${key} is not of the type that the tool asks for: ${wanted}`,
    `or give JSON as it is, like this: ${key}:=1`,
  );
};

const parseOrUndefined = (text: string): JsonValue | undefined => {
  try {
    return parseLossless(text);
  } catch {
    return undefined;
  }
};

const propertyOf = (schema: JsonObject | undefined, key: string): JsonValue | undefined => {
  const properties = schema?.['properties'];
  return isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
};

/** The types that a schema allows: its `type`, and those of the branches of `anyOf` and `oneOf`. */
const typesOf = (schema: JsonValue | undefined): Set<string> => {
  if (!isJsonObject(schema)) return new Set();
  const { type } = schema;
  const own = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
  const branches = [schema['anyOf'], schema['oneOf']].flatMap((list) => (Array.isArray(list) ? list : []));
  return new Set([...own, ...branches.flatMap((branch) => [...typesOf(branch)])]);
};
