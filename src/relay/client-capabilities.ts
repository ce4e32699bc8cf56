import type { Era } from '../protocol/era.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { TASKS_EXTENSION } from '../protocol/methods.ts';

/** Extensions whose messages the hub can carry, per era of the client; a task of the modern era cannot be told to a legacy client. */
export const CARRIED_EXTENSIONS: Readonly<Record<Era, readonly string[]>> = {
  legacy: ['io.modelcontextprotocol/ui'],
  modern: ['io.modelcontextprotocol/ui', TASKS_EXTENSION],
};

/** Capabilities of a client that the hub can carry to an upstream. */
const CARRIED = ['elicitation', 'sampling', 'roots'] as const;

/**
 * The part of a client's declared capabilities that holds through the hub as well. What is declared to an upstream is
 * never more than this.
 */
export const carriedCapabilities = (declared: unknown, era: Era): JsonObject => {
  if (!isJsonObject(declared)) return {};
  const carried: JsonObject = {};
  for (const kind of CARRIED) {
    const capability = declared[kind];
    if (isJsonObject(capability)) carried[kind] = capability;
  }
  const extensions = carriedExtensions(declared['extensions'], era);
  return Object.keys(extensions).length === 0 ? carried : { ...carried, extensions };
};

const carriedExtensions = (extensions: unknown, era: Era): JsonObject =>
  isJsonObject(extensions)
    ? Object.fromEntries(Object.entries(extensions).filter(([name]) => CARRIED_EXTENSIONS[era].includes(name)))
    : {};

/** The same text for the same capabilities, whatever the order of their keys. */
export const capabilityProfile = (capabilities: JsonObject): string => {
  const known = profiles.get(capabilities);
  if (known !== undefined) return known;
  const profile = JSON.stringify(sortKeys(capabilities));
  profiles.set(capabilities, profile);
  return profile;
};

/** A session's capabilities are asked for with each of its calls. */
const profiles = new WeakMap<JsonObject, string>();

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortKeys(value[key])]),
  );
};
