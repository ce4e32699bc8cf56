import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs once, before any test: builds dist/ where it is stale, because tests in test/e2e/ start what is shipped, and gives
 * the hub folders of its own, so that no test reads or writes what belongs to the person at the machine.
 */
export const setup = (): (() => void) => {
  const home = mkdtempSync(join(tmpdir(), 'mcp-hub-test-'));
  process.env['MCP_HUB_STATE_DIR'] = join(home, 'state');
  process.env['XDG_STATE_HOME'] = join(home, 'state-home');
  process.env['XDG_CONFIG_HOME'] = join(home, 'config');
  process.env['XDG_CACHE_HOME'] = join(home, 'cache');
  delete process.env['MCP_HUB_CONFIG'];
  build();
  return () => rmSync(home, { recursive: true, force: true });
};

const build = (): void => {
  const script = new URL('../scripts/build.mjs', import.meta.url);
  try {
    execFileSync(process.execPath, [fileURLToPath(script), '--if-stale'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    // What needs dist/ fails by itself and says so; everything else can be tested without it.
    process.stderr.write((error as { stderr?: string }).stderr ?? String(error));
  }
};
