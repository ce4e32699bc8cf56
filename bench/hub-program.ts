import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/**
 * Puts a copy of the built program into a folder, so that every round measures the same one whatever is built meanwhile.
 * @returns its `bin/mcp-hub.js`.
 */
export const copyHub = (folder: string, wantsBuild: boolean): string => {
  if (wantsBuild) execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { cwd: ROOT, stdio: 'inherit' });
  mkdirSync(folder, { recursive: true });
  for (const part of ['bin', 'dist', 'schema', 'package.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return join(folder, 'bin', 'mcp-hub.js');
};
