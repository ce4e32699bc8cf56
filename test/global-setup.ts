import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs once, before any test: gives the tests a home of their own, so that none reads or writes what belongs to the person
 * at the machine, and builds dist/ where it is stale, because tests in test/e2e/ start what is shipped.
 */
export const setup = (): (() => void) => {
  const home = mkdtempSync(join(tmpdir(), 'mcp-hub-test-'));
  moveHome(home);
  build();
  return () => rmSync(home, { recursive: true, force: true });
};

const moveHome = (home: string): void => {
  // npm, which the tests of the package run, keeps its registry and its cache.
  process.env['npm_config_userconfig'] ??= join(homedir(), '.npmrc');
  if (process.platform !== 'win32') process.env['npm_config_cache'] ??= join(homedir(), '.npm');
  for (const name of ['HOME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA']) process.env[name] = home;
  process.env['MCP_HUB_STATE_DIR'] = join(home, 'state');
  process.env['XDG_STATE_HOME'] = join(home, 'state-home');
  process.env['XDG_CONFIG_HOME'] = join(home, 'config');
  process.env['XDG_CACHE_HOME'] = join(home, 'cache');
  delete process.env['MCP_HUB_CONFIG'];
};

const build = (): void => {
  const script = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
  try {
    execFileSync(process.execPath, [script, '--if-stale'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    // What needs dist/ fails by itself and says so; everything else can be tested without it.
    process.stderr.write((error as { stderr?: string }).stderr ?? String(error));
  }
};
