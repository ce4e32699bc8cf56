import type { JsonObject } from '../json.ts';

/** `true` and `false` are schemas as well; as the objects that legacy clients want they mean the same. New JSON texts. */
export const objectsForBooleans = (properties: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([, property]) => typeof property === 'boolean')
      .map(([name, property]) => [name, property === true ? '{}' : '{"not":{}}']),
  );
