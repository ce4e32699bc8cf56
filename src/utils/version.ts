import { readFileSync } from 'node:fs';

/** Put in by the build; absent where the sources run as they are. */
declare const MCP_HUB_VERSION: string | undefined;

const versionOfPackage = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
};

/** The version of mcp-hub, as package.json has it. */
export const VERSION: string = typeof MCP_HUB_VERSION === 'string' ? MCP_HUB_VERSION : versionOfPackage();
