import { fileURLToPath } from 'node:url';

/** The root of the repository, absolute. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The program that users run. */
export const HUB_BIN = `${ROOT}bin/mcp-hub.js`;

/** A test server of `test/fixtures/servers`. */
export const fixture = (name: string): string => `${ROOT}test/fixtures/servers/${name}`;
