import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A home, a configuration folder and a state folder that nothing else uses. */
export interface TempHome {
  readonly dir: string;
  readonly stateDir: string;
  /** The whole environment of a program that lives there. */
  readonly env: Record<string, string>;
  /** A path in it. */
  file(name: string): string;
  remove(): void;
}

export const createTempHome = (): TempHome => {
  const dir = mkdtempSync(join(tmpdir(), 'mcp-hub-e2e-'));
  const stateDir = join(dir, 'state');
  mkdirSync(join(dir, 'work'));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: dir,
    USERPROFILE: dir,
    XDG_CONFIG_HOME: join(dir, 'config'),
    XDG_STATE_HOME: join(dir, 'xdg-state'),
    MCP_HUB_STATE_DIR: stateDir,
    // A test leaves nothing in the keychain of the person who runs it.
    MCP_HUB_KEYCHAIN: 'off',
    NO_COLOR: '1',
  };
  return {
    dir,
    stateDir,
    env,
    file: (name) => join(dir, name),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }),
  };
};
