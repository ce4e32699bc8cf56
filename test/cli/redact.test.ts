// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as configuration files have them
import { expect, test } from 'vitest';
import { redactArguments, redactTable, redactUrl, redactValue } from '../../src/cli/redact.ts';

test('literal values of variables and headers are hidden, references are not', () => {
  expect(redactTable({ A: 'plain', B: '${TOKEN}', C: 'Bearer ${TOKEN}', D: 'Bearer abc' })).toEqual({
    A: '***',
    B: '${TOKEN}',
    C: 'Bearer ${TOKEN}',
    D: '***',
  });
});

test('the default of a reference and the text around it are hidden', () => {
  expect(redactValue('${TOKEN:-s3cret}')).toBe('${TOKEN:-***}');
  expect(redactValue('abc${X}def')).toBe('***${X}***');
});

test.each([
  [
    ['--api-key', 'abc'],
    ['--api-key', '***'],
  ],
  [['--apiKey=abc'], ['--apiKey=***']],
  [
    ['--token', '${T}'],
    ['--token', '${T}'],
  ],
  [
    ['-e', 'ANY=abc', 'image'],
    ['-e', 'ANY=***', 'image'],
  ],
  [
    ['GITHUB_TOKEN=abc', 'MODE=fast'],
    ['GITHUB_TOKEN=***', 'MODE=fast'],
  ],
  [
    ['--header', 'Authorization: Bearer abc'],
    ['--header', 'Authorization: ***'],
  ],
  [
    ['--header', 'Authorization:${AUTH}'],
    ['--header', 'Authorization: ${AUTH}'],
  ],
  [['postgresql://me:pw@db.local/x'], ['postgresql://me:***@db.local/x']],
  [['ghp_0123456789abcdefghij'], ['***']],
  [
    ['-y', '@modelcontextprotocol/server-filesystem', '/home/me/a-long-folder-name-2026'],
    ['-y', '@modelcontextprotocol/server-filesystem', '/home/me/a-long-folder-name-2026'],
  ],
  [
    ['--port', '3000', '--verbose'],
    ['--port', '3000', '--verbose'],
  ],
])('arguments %j are shown as %j', (args, shown) => {
  expect(redactArguments(args)).toEqual(shown);
});

test.each([
  ['https://x.dev/mcp', 'https://x.dev/mcp'],
  ['https://me:pw@x.dev/mcp', 'https://me:***@x.dev/mcp'],
  ['https://tok@x.dev/mcp', 'https://***@x.dev/mcp'],
  ['https://x.dev/mcp?api_key=abc&page=2', 'https://x.dev/mcp?api_key=***&page=2'],
  ['https://x.dev/mcp?k=eyJhbGciOiJIUzI1NiJ9', 'https://x.dev/mcp?k=***'],
  ['https://x.dev/s/NzY1NDMyMTAtYWJjZGVmZ2hp12/mcp', 'https://x.dev/s/***/mcp'],
  ['https://x.dev/mcp?key=${KEY}', 'https://x.dev/mcp?key=${KEY}'],
])('the URL %s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});
