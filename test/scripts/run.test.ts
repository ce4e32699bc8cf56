import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BareClone, createBareClone, lockFile, OTHER_MAJOR } from './bare-clone.ts';

// The Node that this npm hands out is a shell script, so Windows cannot run it.
describe.runIf(process.platform !== 'win32')('running a verb on a bare clone', () => {
  const other = ['--node', String(OTHER_MAJOR), 'build'];
  let clone: BareClone;

  beforeEach(() => {
    clone = createBareClone();
  });

  afterEach(() => clone.remove());

  test('a Node that is missing is fetched, dependencies are installed, and the verb runs with its arguments', async () => {
    const { code, stdout, stderr } = await clone.run([...other, '--clean']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'built --clean\n' });
    expect(clone.npmCalls()).toEqual(['install', 'ci']);
    expect(stderr).toMatch(/fetching Node \d+ .* s\n.*installing dependencies .* s\n$/);
    expect(clone.tools()).toEqual([`node-${OTHER_MAJOR}`]);
  });

  test('what is there is not fetched again, and nothing is said', async () => {
    await clone.run(other);
    const { stderr } = await clone.run(other);
    expect(clone.npmCalls()).toEqual(['install', 'ci']);
    expect(stderr).toBe('');
  });

  test('two at once fetch and install once', async () => {
    const ended = await Promise.all([clone.run(other), clone.run(other)]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(clone.npmCalls()).toEqual(['install', 'ci']);
  });

  test('a download that fails leaves nothing behind and says what npm said', async () => {
    const { code, stderr } = await clone.run(other, { NPM_ERROR: 'npm error no network' });
    expect(code).toBe(1);
    expect(stderr).toContain('npm error no network');
    expect(stderr).not.toContain('    at ');
    expect(clone.tools()).toEqual([]);
  });

  test('what a killed run has left is cleared away', async () => {
    mkdirSync(join(clone.folder, '.tools', 'fetch-half'), { recursive: true });
    writeFileSync(join(clone.folder, '.tools', 'node.lock'), String(2 ** 30));
    expect((await clone.run(other)).code).toBe(0);
    expect(clone.tools()).toEqual([`node-${OTHER_MAJOR}`]);
  });

  test('dependencies are installed again when the lock file asks for another version', async () => {
    await clone.run(['build']);
    writeFileSync(join(clone.folder, 'package-lock.json'), lockFile({ 'node_modules/a': { version: '2.0.0' } }));
    await clone.run(['build']);
    await clone.run(['build']);
    expect(clone.npmCalls()).toEqual(['ci', 'ci']);
  });

  test("packages for other platforms, and what belongs to them, don't have to be there", async () => {
    const packages = {
      'node_modules/b': { version: '1.0.0', optional: true, os: ['plan9'] },
      'node_modules/c': { version: '1.0.0', optional: true },
    };
    await clone.run(['build']);
    writeFileSync(
      join(clone.folder, 'package-lock.json'),
      lockFile({ 'node_modules/a': { version: '1.0.0' }, ...packages }),
    );
    await clone.run(['build']);
    expect(clone.npmCalls()).toEqual(['ci']);
  });

  test('a verb that ends with a code passes it on', async () => {
    writeFileSync(join(clone.folder, 'scripts', 'build.mjs'), 'process.exit(7);\n');
    expect((await clone.run(['build'])).code).toBe(7);
  });

  test('an unknown verb is answered with the verbs that there are', async () => {
    const { code, stderr } = await clone.run(['constructor']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mcp-hub: usage: .*demo\|.*check/);
  });
});
