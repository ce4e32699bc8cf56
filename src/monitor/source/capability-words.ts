import { isJsonObject, type JsonObject } from '../../protocol/json.ts';

/** The capabilities that a server declared, in words: `tools`, `resources (subscribe, listChanged)`. Not printable yet. */
export const capabilityWords = (capabilities: JsonObject): string[] =>
  Object.entries(capabilities).map(([name, value]) => {
    const details = isJsonObject(value) ? Object.keys(value).filter((key) => value[key] !== false) : [];
    return details.length === 0 ? name : `${name} (${details.join(', ')})`;
  });
