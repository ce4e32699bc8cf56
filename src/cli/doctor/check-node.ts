import type { Check } from './check.ts';

/** The Node that runs this. One that is too old never gets here: `bin/mcp-hub.js` says so. */
export const checkNode: Check = {
  name: 'node',
  section: 'Program',
  find: () => [
    {
      state: 'ok',
      message: `Node ${process.version.slice(1)}, ${process.execPath}`,
      details: {
        version: process.version.slice(1),
        path: process.execPath,
        platform: process.platform,
        arch: process.arch,
      },
    },
  ],
};
