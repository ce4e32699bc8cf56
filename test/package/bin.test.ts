import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/mcp-hub.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program under this Node, which says that it is another version. */
const runAs = (version: string, ...args: string[]): Promise<Ended> => {
  const pretend = `Object.defineProperty(process, 'version', { value: ${JSON.stringify(version)} })`;
  const argv = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, BIN, ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argv, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
};

describe('the program', () => {
  test.each(['v12.22.12', 'v18.20.8', 'v20.20.2', 'v22.17.1', 'v23.11.0'])(
    'under Node %s it says in one sentence what it needs, and ends with code 1',
    async (version) => {
      const { code, stdout, stderr } = await runAs(version, '--version');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^error: mcp-hub needs Node\.js 22\.18 .*\n$/);
      expect(stderr).toContain(`this is ${version}`);
    },
  );

  test.each(['v22.18.0', 'v24.0.0', 'v26.1.0'])('under Node %s it runs', async (version) => {
    const { code, stderr } = await runAs(version, '--version');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('it is written in JavaScript that Node 12 can read', async () => {
    const source = readFileSync(BIN, 'utf8');
    const options = { format: 'esm', loader: 'js' } as const;
    const asWritten = await transform(source, { ...options, target: 'esnext' });
    const lowered = await transform(source, { ...options, target: 'node12.22' });
    expect(lowered.code).toBe(asWritten.code);
    expect(source).not.toMatch(/^import\s/m);
  });
});
