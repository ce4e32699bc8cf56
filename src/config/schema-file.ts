import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The published JSON Schema of the configuration in this installation; undefined where it was not installed along. */
export const schemaFile = (): string | undefined => {
  // From src/config in the repository and from dist in a package, the folder `schema` is above.
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let height = 0; height < 4; height++) {
    const file = join(folder, 'schema', 'mcp-hub.schema.json');
    if (existsSync(file)) return file;
    folder = dirname(folder);
  }
  return undefined;
};
