import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startClient } from './client.ts';
import {
  type Contender,
  isolatedEnvironment,
  nodeCommand,
  QUALIFIED_TOOL,
  serverEntries,
  writeConfig,
} from './contenders.ts';
import { startSseClient } from './sse-client.ts';

/** Git ignores it. */
const FOLDER = join(import.meta.dirname, '.peers');

const PACKAGES = ['mcp-hub@4.2.1', 'mcporter@0.12.3'];

const MCP_HUB = join(FOLDER, 'node_modules/mcp-hub/dist/cli.js');
const MCPORTER = join(FOLDER, 'node_modules/mcporter/dist/cli.js');

/** Installs other authors' programs, of npm, into a folder of their own. Nothing of theirs runs at the installation. */
export const installPeers = (): void => {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{"private":true}\n');
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', ...PACKAGES], {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
};

/** The peers that are installed. */
export const createPeers = (): readonly Contender[] => [
  ...(existsSync(MCP_HUB) ? [mcpHub] : []),
  ...(existsSync(MCPORTER) ? [mcporter] : []),
];

/** Below the ports that systems give to connections. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/** Another author's program of the same name. It serves HTTP+SSE alone. */
const mcpHub: Contender = {
  name: 'peer-mcp-hub',
  tool: QUALIFIED_TOOL,
  isForeign: true,
  start(home, upstreams) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const config = writeConfig(home, { mcpServers: serverEntries(upstreams) });
    return startSseClient(nodeCommand(home, MCP_HUB, '--port', String(port), '--config', config), port, '/mcp');
  },
};

/** The daemons that were started by a bridge and not yet stopped; they are nobody's children. */
const daemons = new Set<() => void>();
process.on('exit', () => {
  for (const stop of daemons) stop();
});

/** Its bridge hands calls to a daemon, which it starts and which outlives it. */
const mcporter: Contender = {
  name: 'peer-mcporter',
  tool: QUALIFIED_TOOL,
  isForeign: true,
  start(home, upstreams) {
    const entries = Object.entries(serverEntries(upstreams)).map(([name, entry]) => [
      name,
      { ...entry, lifecycle: 'keep-alive' },
    ]);
    const config = writeConfig(home, { mcpServers: Object.fromEntries(entries) });
    const client = startClient(nodeCommand(home, MCPORTER, 'serve', '--stdio', '--config', config));
    const stopDaemon = (): void => {
      daemons.delete(stopDaemon);
      const env = isolatedEnvironment(home);
      execFileSync(process.execPath, [MCPORTER, 'daemon', 'stop', '--config', config], { env, stdio: 'ignore' });
    };
    daemons.add(stopDaemon);
    return {
      ...client,
      async close(patienceMs) {
        await client.close(patienceMs);
        stopDaemon();
      },
    };
  },
};
