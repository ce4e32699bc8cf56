import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HubError } from '../../errors/hub-error.ts';

/** The script that starts this program, without symbolic links in its path. */
export const hubScript = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'bin', 'mcp-hub.js'))) {
    if (folder === dirname(folder))
      throw new HubError('INTERNAL', 'the program cannot be found: bin/mcp-hub.js is missing');
    folder = dirname(folder);
  }
  return realpathSync(join(folder, 'bin', 'mcp-hub.js'));
};
