import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../errors/hub-error.ts';
import { packageRoot } from '../package-root.ts';

/** The three upstreams of the demo, by the names that they have in its configuration. */
export const DEMO_UPSTREAMS = ['math', 'notes', 'weather'] as const;

export interface DemoFiles {
  /** The program that users run, absolute. */
  readonly bin: string;
  /** The configuration of the demo, in a folder of its own. */
  readonly configFile: string;
  /** Whether this is a clone of the repository, not an installed package. */
  readonly isClone: boolean;
  remove(): void;
}

/**
 * Writes the demo's own configuration into a temporary folder that only this user can read.
 * @throws HubError INTERNAL when the example servers are not where they belong
 */
export const writeDemoFiles = (): DemoFiles => {
  const root = packageRoot();
  if (root === undefined) throw new HubError('INTERNAL', 'the demo cannot run: bin/mcp-hub.js is missing');
  const entries = DEMO_UPSTREAMS.map((name): [string, object] => [
    name,
    { command: process.execPath, args: [exampleServer(root, name)] },
  ]);
  const dir = mkdtempSync(join(tmpdir(), 'mcp-hub-demo-'));
  const configFile = join(dir, 'mcp-hub.config.json');
  const config: { mcpServers: Record<string, object> } = { mcpServers: Object.fromEntries(entries) };
  writeFileSync(configFile, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return {
    bin: join(root, 'bin', 'mcp-hub.js'),
    configFile,
    isClone: existsSync(join(root, 'src')),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};

/** The bundled example where there is one, else its source, which Node runs as it is. */
const exampleServer = (root: string, name: string): string => {
  const candidates = [join(root, 'dist', 'examples', `${name}.js`), join(root, 'examples', name, 'server.ts')];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new HubError('INTERNAL', `the demo cannot run: the example server ${name} is missing from the package`);
};
