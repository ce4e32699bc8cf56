import { expect, test } from 'vitest';
import { fixFor } from '../../src/cli/check-added.ts';

test.each([
  ['could not be started: command not found: uvy', 'install the command, or store its full path'],
  ['did not start: npm error 404 Not Found', 'npm knows no package of this name'],
  ['did not start: no answer to the handshake within 30000 ms', 'run its command once by hand'],
  ['cannot be reached: HTTP 401', "it wants a token: mcp-hub add --force x URL -H 'Authorization: Bearer "],
  ['ended with exit code 1', 'mcp-hub add --force x ...'],
])('a server that %s has a way to be mended', (reason, fix) => {
  expect(fixFor('x', reason)).toContain(fix);
});
