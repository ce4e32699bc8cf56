import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ROOT } from './paths.ts';
import type { TempHome } from './temp-home.ts';

/** A real file of a client, and where it lies on Linux below a home of the tests. */
export interface ClientFixture {
  readonly client: string;
  readonly fixture: string;
  readonly path: string;
  /** Names that the hub gives to the servers in it. */
  readonly servers: readonly string[];
}

export const CLIENT_FIXTURES: readonly ClientFixture[] = [
  {
    client: 'claude-desktop',
    fixture: 'claude-desktop.json',
    path: 'config/Claude/claude_desktop_config.json',
    servers: ['filesystem', 'github', 'memory', 'postgres'],
  },
  {
    client: 'claude-code',
    fixture: 'claude-code.json',
    path: '.claude.json',
    servers: ['github', 'sentry', 'playwright', 'shop-db'],
  },
  { client: 'cursor', fixture: 'cursor.json', path: '.cursor/mcp.json', servers: ['github', 'linear', 'notes'] },
  {
    client: 'vscode',
    fixture: 'vscode.json',
    path: 'config/Code/User/mcp.json',
    servers: ['perplexity', 'context7', 'fetch'],
  },
  {
    client: 'windsurf',
    fixture: 'windsurf.json',
    path: '.codeium/windsurf/mcp_config.json',
    servers: ['figma', 'filesystem'],
  },
  { client: 'codex', fixture: 'codex.toml', path: '.codex/config.toml', servers: ['context7', 'jira', 'docs'] },
  { client: 'gemini', fixture: 'gemini.json', path: '.gemini/settings.json', servers: ['search', 'local-tools'] },
  {
    client: 'zed',
    fixture: 'zed.json',
    path: 'config/zed/settings.json',
    servers: ['everything', 'old-style', 'remote'],
  },
  {
    client: 'opencode',
    fixture: 'opencode.jsonc',
    path: 'config/opencode/opencode.jsonc',
    servers: ['playwright', 'weather', 'stripe'],
  },
  {
    client: 'cline',
    fixture: 'cline.json',
    path: '.cline/data/settings/cline_mcp_settings.json',
    servers: ['browser', 'crm'],
  },
  { client: 'continue', fixture: 'continue.yaml', path: '.continue/config.yaml', servers: ['sqlite', 'tickets'] },
];

export const clientFixture = (client: string): ClientFixture => {
  const found = CLIENT_FIXTURES.find((one) => one.client === client);
  if (found === undefined) throw new Error(`there is no fixture of ${client}`);
  return found;
};

/** Puts a client's file where the client has it, and gives its path. */
export const placeClientFile = (home: TempHome, client: string): string => {
  const { fixture: name, path } = clientFixture(client);
  const file = home.file(path);
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(`${ROOT}test/fixtures/clients/${name}`, file);
  return file;
};

export const bytesOf = (file: string): string => readFileSync(file).toString('latin1');
