import { expect, test } from 'vitest';
import { isHub } from '../../../src/cli/clients/recognise-hub.ts';

const stdio = (command: string, ...args: string[]) => ({ type: 'stdio', command, args, env: {} }) as const;
const http = (url: string) => ({ type: 'http', url, headers: {} }) as const;

test.each([
  ['hub', stdio('/usr/bin/node', '/opt/mcp-hub/bin/mcp-hub.js', 'serve')],
  ['x', stdio('mcp-hub', 'serve', '--only', 'a')],
  ['x', stdio('cmd', '/c', 'C:\\npm\\mcp-hub.cmd', '--config', 'c.json', 'serve')],
  ['hub', http('http://127.0.0.1:7420/mcp')],
  ['mcp-hub', http('http://localhost:9000/mcp')],
])('the hub is known as "%s" by %j', (name, transport) => {
  expect(isHub(name, transport)).toBe(true);
});

test.each([
  // The program of another author has no such verb.
  ['mcp-hub', stdio('mcp-hub', '--port', '3000', '--config', 'x')],
  ['hub', stdio('npx', '-y', 'github-hub', 'serve')],
  ['x', stdio('serve', 'mcp-hub')],
  ['web', http('http://127.0.0.1:7420/mcp')],
  ['hub', http('https://hub.example.com/mcp')],
  ['hub', http('http://127.0.0.1:7420/other')],
])('another server is not taken for it: "%s", %j', (name, transport) => {
  expect(isHub(name, transport)).toBe(false);
});
