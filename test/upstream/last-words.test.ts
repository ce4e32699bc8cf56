import { describe, expect, test } from 'vitest';
import { lastWords } from '../../src/upstream/last-words.ts';

const NPM_404 = `npm error code E404
npm error 404 Not Found - GET https://registry.example/nothing
npm error 404
npm error 404  The requested resource 'nothing@*' could not be found or you do not have permission to access it.
npm error 404
npm error 404 Note that you can also install from a
npm error 404 tarball, folder, http url, or git url.
npm error A complete log of this run can be found in: /home/me/.npm/_logs/2026-11-20T13_40_03_582Z-debug-0.log
`;

const NPM_ENOENT = `npm error code ENOENT
npm error syscall open
npm error path /home/me/package.json
npm error errno -2
npm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '/home/me/package.json'
npm error A complete log of this run can be found in: /home/me/.npm/_logs/x.log
`;

const NODE_CRASH = `starting
/srv/index.js:3
throw new TypeError('API_KEY is not set');
^

TypeError: API_KEY is not set
    at Object.<anonymous> (/srv/index.js:3:7)
    at node:internal/main/run_main_module:33:47

Node.js v24.21.0
`;

const NODE_MODULE = `node:internal/modules/cjs/loader:1247
  throw err;
  ^

Error: Cannot find module '/srv/nothing.js'
    at Module._load (node:internal/modules/cjs/loader:1043:27) {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v24.21.0
`;

const PYTHON = `Traceback (most recent call last):
  File "/srv/server.py", line 1, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
`;

describe('the last words of a program', () => {
  test.each([
    ['of npm name what it did not find', NPM_404, 'npm error 404 Not Found - GET https://registry.example/nothing'],
    ['of npm name what it could not read', NPM_ENOENT, /^npm error enoent Could not read package\.json/],
    ['of a crash of Node name what was thrown', NODE_CRASH, 'TypeError: API_KEY is not set'],
    ['of Node name a module that is not there', NODE_MODULE, "Error: Cannot find module '/srv/nothing.js'"],
    ['of a crash of Python are its last line', PYTHON, "ModuleNotFoundError: No module named 'nothing'"],
    [
      'are not where to read more',
      "sleep: bad option\nTry 'sleep --help' for more information.\n",
      'sleep: bad option',
    ],
    ['are its last line otherwise', 'one\ntwo\n\n', 'two'],
    ['may be where to read more when there is nothing else', 'Try x --help\n', 'Try x --help'],
  ])('%s', (_name, stderr, expected) => {
    if (typeof expected === 'string') expect(lastWords(stderr)).toBe(expected);
    else expect(lastWords(stderr)).toMatch(expected);
  });

  test('are nothing where nothing was said', () => {
    expect(lastWords('')).toBeUndefined();
    expect(lastWords('\n \n')).toBeUndefined();
  });

  test('are cut where they are long', () => {
    expect(lastWords('x'.repeat(10_000))).toHaveLength(300);
  });
});
