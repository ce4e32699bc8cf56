import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import type { ListEntry } from '../protocol/methods.ts';
import { readParamHeaders } from '../protocol/param-headers.ts';

type Shape = 'string' | 'object' | 'array';

/** Members that clients check when they read a list: one of a wrong type makes them refuse the whole list. */
const OPTIONAL_MEMBERS: Readonly<Record<string, Shape>> = {
  title: 'string',
  description: 'string',
  mimeType: 'string',
  annotations: 'object',
  execution: 'object',
  _meta: 'object',
  icons: 'array',
  arguments: 'array',
};

/**
 * What is wrong with a definition in a list, or undefined when clients can read it.
 * https://modelcontextprotocol.io/specification/2025-11-25/schema#tool
 * @param mirrorsArguments whether the upstream wants arguments as HTTP headers; then the annotations have to be right.
 */
export const findDefinitionFault = (
  value: JsonValue,
  entry: ListEntry,
  mirrorsArguments: boolean,
): string | undefined => {
  if (!isJsonObject(value)) return 'it is not an object';
  const name = value[entry.nameMember];
  if (typeof name !== 'string' || name === '') return `${entry.nameMember} must be a string that is not empty`;
  if (entry.nameMember !== 'name' && typeof value['name'] !== 'string') return 'name must be a string';
  const fault = findMemberFault(value);
  if (fault !== undefined || entry.kind !== 'tools') return fault;
  return findSchemaFault(value) ?? (mirrorsArguments ? findHeaderFault(value) : undefined);
};

const findMemberFault = (value: JsonObject): string | undefined => {
  for (const [member, shape] of Object.entries(OPTIONAL_MEMBERS)) {
    if (Object.hasOwn(value, member) && !hasShape(value[member], shape)) return `${member} must be ${article(shape)}`;
  }
  return undefined;
};

const findSchemaFault = ({ inputSchema, outputSchema }: JsonObject): string | undefined => {
  if (!isJsonObject(inputSchema)) return 'inputSchema must be an object';
  if (inputSchema['type'] !== 'object') return 'inputSchema.type must be "object"';
  if (outputSchema !== undefined && !isJsonObject(outputSchema)) return 'outputSchema must be an object';
  return undefined;
};

const findHeaderFault = ({ inputSchema }: JsonObject): string | undefined => {
  const headers = readParamHeaders(inputSchema as JsonObject);
  return headers.ok ? undefined : headers.fault;
};

const hasShape = (value: JsonValue | undefined, shape: Shape): boolean => {
  if (shape === 'array') return Array.isArray(value);
  return shape === 'object' ? isJsonObject(value) : typeof value === 'string';
};

const article = (shape: Shape): string => (shape === 'string' ? 'a string' : `an ${shape}`);
