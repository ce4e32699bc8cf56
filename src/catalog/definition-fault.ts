import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import type { ListEntry, ListKind } from '../protocol/methods.ts';
import { readParamHeaders } from '../protocol/param-headers.ts';
import { flag, instant, listOf, mapOf, numeric, objectWith, oneOf, type Shape, schema, share, text } from './shape.ts';

/** What clients would refuse in a definition, and with it the whole list. */
export type DefinitionFault =
  /** It cannot be used at all. */
  | { readonly kind: 'definition'; readonly reason: string }
  /** A member that it can do without has a wrong shape. */
  | { readonly kind: 'member'; readonly member: string; readonly reason: string };

/**
 * What is wrong with a definition in a list; nothing when clients can read it. The shapes are those of both eras' schemas
 * where one list has to serve both, https://modelcontextprotocol.io/specification/2025-11-25/schema and
 * https://modelcontextprotocol.io/specification/2026-07-28/schema.
 * @param mirrorsArguments whether the upstream wants arguments as HTTP headers; then the annotations have to be right.
 */
export const findDefinitionFaults = (
  value: JsonValue,
  entry: ListEntry,
  mirrorsArguments: boolean,
): readonly DefinitionFault[] => {
  const reason = isJsonObject(value) ? findNameFault(value, entry) : 'it is not an object';
  if (!isJsonObject(value) || reason !== undefined) return [{ kind: 'definition', reason: reason ?? '' }];
  if (entry.kind === 'tools') {
    const fault =
      INPUT_SCHEMA(value['inputSchema'] ?? null, 'inputSchema') ??
      (mirrorsArguments ? findHeaderFault(value) : undefined);
    if (fault !== undefined) return [{ kind: 'definition', reason: fault }];
  }
  return Object.entries(OPTIONAL_MEMBERS[entry.kind]).flatMap(([member, shape]) => {
    const fault = Object.hasOwn(value, member) ? shape(value[member] as JsonValue, member) : undefined;
    return fault === undefined ? [] : [{ kind: 'member', member, reason: fault }];
  });
};

const findHeaderFault = ({ inputSchema }: JsonObject): string | undefined => {
  const headers = readParamHeaders(inputSchema as JsonObject);
  return headers.ok ? undefined : headers.fault;
};

const findNameFault = (value: JsonObject, { nameMember }: ListEntry): string | undefined => {
  const name = value[nameMember];
  if (typeof name !== 'string' || name === '') return `${nameMember} must be a string that is not empty`;
  if (nameMember === 'name') return undefined;
  if (!name.isWellFormed()) return `${nameMember} has half of a surrogate pair`;
  return typeof value['name'] === 'string' ? undefined : 'name must be a string';
};

const INPUT_SCHEMA = objectWith({ type: oneOf('object'), properties: mapOf(schema), required: listOf(text) }, ['type']);

const ICON = objectWith({ src: text, mimeType: text, sizes: listOf(text), theme: oneOf('light', 'dark') }, ['src']);

const COMMON: Readonly<Record<string, Shape>> = {
  title: text,
  description: text,
  icons: listOf(ICON),
  _meta: objectWith(),
};

const RESOURCE: Readonly<Record<string, Shape>> = {
  ...COMMON,
  mimeType: text,
  annotations: objectWith({ audience: listOf(oneOf('user', 'assistant')), priority: share, lastModified: instant }),
};

const OPTIONAL_MEMBERS: Readonly<Record<ListKind, Readonly<Record<string, Shape>>>> = {
  tools: {
    ...COMMON,
    annotations: objectWith({
      title: text,
      readOnlyHint: flag,
      destructiveHint: flag,
      idempotentHint: flag,
      openWorldHint: flag,
    }),
    execution: objectWith({ taskSupport: oneOf('required', 'optional', 'forbidden') }),
    outputSchema: objectWith({ $schema: text }),
  },
  prompts: {
    ...COMMON,
    arguments: listOf(objectWith({ name: text, description: text, required: flag }, ['name'])),
  },
  resources: { ...RESOURCE, size: numeric },
  templates: RESOURCE,
};
