import * as z from 'zod';
import type { PlainSchema } from './accept.ts';
import { fileSchema } from './schema.ts';
import { SETTINGS_SCHEMAS, type SettingsKind } from './settings-schemas.ts';

/** A JSON Schema as far as the configuration needs one. */
export interface JsonSchema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly [keyword: string]: unknown;
}

/** The description of the configuration file that editors check and complete with: draft 7, which all of them read. */
export const configJsonSchema = (): JsonSchema => {
  const schema = z.toJSONSchema(fileSchema, { target: 'draft-7', io: 'input' });
  const { $schema, ...rest } = withoutNoise(schema) as JsonSchema;
  return { $schema, title: 'Configuration of mcp-hub', ...rest };
};

/** The schemas that parts of the file are checked with one by one, without their words for people. */
export const plainSchemas = (): Readonly<Record<SettingsKind, PlainSchema>> => {
  const entries = Object.entries(SETTINGS_SCHEMAS).map(([kind, schema]) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
    return [kind, withoutWords(withoutNoise(rest))];
  });
  return Object.fromEntries(entries) as Record<SettingsKind, PlainSchema>;
};

const withoutWords = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, member]) => key !== 'description' || typeof member !== 'string');
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutWords(member)]));
};

/** What zod writes down though it says nothing: keys are texts, and integers end where JavaScript's do. */
const withoutNoise = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, member]) => !isNoise(key, member));
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNoise(member)]));
};

const isNoise = (key: string, value: unknown): boolean =>
  (key === 'propertyNames' && JSON.stringify(value) === '{"type":"string"}') ||
  (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) ||
  (key === 'minimum' && value === Number.MIN_SAFE_INTEGER);
