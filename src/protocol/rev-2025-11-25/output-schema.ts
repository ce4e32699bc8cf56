import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { type MemberChanges, memberBytes, spliceMembers } from '../json-bytes.ts';
import { outlineOfResult } from '../large-result.ts';
import type { ResultBody } from '../message.ts';
import { objectsForBooleans } from './boolean-schemas.ts';

/**
 * The change that makes the output schema of a tool one that a legacy client reads: in that era it describes an object, and
 * a client that gets another refuses the whole list. A schema of anything else becomes that of an object whose `result` it
 * describes; one that cannot be moved is left out.
 * https://modelcontextprotocol.io/specification/2025-11-25/server/tools#output-schema
 */
export const outputSchemaChange = (toolBytes: Buffer, { outputSchema }: JsonObject): MemberChanges => {
  if (outputSchema === undefined) return {};
  switch (dispositionOf(outputSchema)) {
    case 'kept':
      return withObjectProperties(toolBytes, outputSchema as JsonObject);
    case 'wrapped':
      return { outputSchema: wrapSchema(memberBytes(toolBytes, 'outputSchema'), outputSchema as JsonObject) };
    case 'left out':
      return { outputSchema: undefined };
  }
};

/**
 * The change that makes structured content agree with the output schema that `outputSchemaChange` gave the tool. What a
 * modern server says without a schema is wrapped as well where it is no object: a legacy client would refuse the result.
 * @param tool the definition of the tool as its server wrote it, where it is known.
 */
export const structuredContentChange = (body: ResultBody, tool: JsonObject | undefined): MemberChanges => {
  const { structuredContent } = outlineOfResult(body);
  if (structuredContent === undefined) return {};
  const schema = tool?.['outputSchema'];
  const isListedWrapped = schema !== undefined && dispositionOf(schema) === 'wrapped';
  const isRefused = body.era === 'modern' && !isJsonObject(structuredContent);
  if (!isListedWrapped && !isRefused) return {};
  const content = memberBytes(Buffer.from(body.bytes), 'structuredContent');
  return { structuredContent: Buffer.concat([Buffer.from('{"result":'), content, Buffer.from('}')]) };
};

type Disposition = 'kept' | 'wrapped' | 'left out';

const dispositionOf = (schema: JsonValue): Disposition => {
  if (!isJsonObject(schema)) return 'left out';
  if (schema['type'] !== 'object') return refersToItsRoot(schema) ? 'left out' : 'wrapped';
  const { properties = {}, required = [] } = schema;
  const isReadable =
    isJsonObject(properties) &&
    Object.values(properties).every((property) => isJsonObject(property) || typeof property === 'boolean') &&
    Array.isArray(required) &&
    required.every((name) => typeof name === 'string');
  return isReadable ? 'kept' : 'left out';
};

/** The dialect stays at the root of the schema, the only place that it may have. */
const wrapSchema = (bytes: Buffer, schema: JsonObject): Buffer => {
  const dialect = typeof schema['$schema'] === 'string' ? `"$schema":${JSON.stringify(schema['$schema'])},` : '';
  return Buffer.concat([
    Buffer.from(`{${dialect}"type":"object","properties":{"result":`),
    dialect === '' ? bytes : spliceMembers(bytes, { $schema: undefined }),
    Buffer.from('},"required":["result"]}'),
  ]);
};

const withObjectProperties = (toolBytes: Buffer, { properties }: JsonObject): MemberChanges => {
  const changes = isJsonObject(properties) ? objectsForBooleans(properties) : {};
  if (Object.keys(changes).length === 0) return {};
  const schemaBytes = memberBytes(toolBytes, 'outputSchema');
  const propertiesBytes = spliceMembers(memberBytes(schemaBytes, 'properties'), changes);
  return { outputSchema: spliceMembers(schemaBytes, { properties: propertiesBytes }) };
};

const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'];

/** A reference such as `#/$defs/x` counts from the root, which is another one in a wrapped schema. */
const refersToItsRoot = (schema: JsonObject): boolean => {
  const rest: JsonValue[] = [schema];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (Array.isArray(value)) {
      for (const element of value) rest.push(element);
    } else if (isJsonObject(value)) {
      if (REFERENCES.some((key) => isLocal(value[key]))) return true;
      for (const member of Object.values(value)) rest.push(member);
    }
  }
  return false;
};

const isLocal = (reference: JsonValue | undefined): boolean =>
  typeof reference === 'string' && reference.startsWith('#');
