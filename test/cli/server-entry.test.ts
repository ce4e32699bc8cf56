import { describe, expect, test } from 'vitest';
import { buildEntry, type ServerFlags } from '../../src/cli/server-entry.ts';
import { checkServerName } from '../../src/cli/server-name.ts';

const build = (words: readonly string[], flags: ServerFlags = {}) =>
  buildEntry({ name: 'x', commandOrUrl: words[0], args: words.slice(1) }, flags, '/here');

describe('the entry that add stores', () => {
  test('is a command with its arguments and variables', () => {
    expect(build(['npx', '-y', 'srv'], { env: ['A=1=2', 'TOKEN', 'EMPTY='] }).entry).toEqual({
      command: 'npx',
      args: ['-y', 'srv'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as the file has it
      env: { A: '1=2', TOKEN: '${TOKEN}', EMPTY: '' },
    });
  });

  test('is a URL of type http, or of type sse where the URL says so', () => {
    expect(build(['https://x.dev/mcp']).entry).toEqual({ type: 'http', url: 'https://x.dev/mcp' });
    expect(build(['https://x.dev/sse?a=1'])).toEqual({
      entry: { type: 'sse', url: 'https://x.dev/sse?a=1' },
      notes: [expect.stringContaining('its type is sse')],
    });
    expect(build(['https://x.dev/sse'], { transport: 'http' })).toEqual({
      entry: { type: 'http', url: 'https://x.dev/sse' },
      notes: [],
    });
  });

  test('takes headers and the variable of a token', () => {
    const flags = { url: 'https://x.dev/mcp', header: ['X-One: a:b'], bearerTokenEnvVar: 'TOK' };
    expect(buildEntry({ name: 'x', commandOrUrl: undefined, args: [] }, flags, '/here').entry['headers']).toEqual({
      'X-One': 'a:b',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as the file has it
      Authorization: 'Bearer ${TOK}',
    });
  });

  test('runs where it was typed when it has relative paths', () => {
    expect(build(['node', './server.js'])).toEqual({
      entry: { command: 'node', args: ['./server.js'], cwd: '/here' },
      notes: [expect.stringContaining('/here')],
    });
    expect(build(['node', './server.js'], { cwd: 'sub' })).toEqual({
      entry: { command: 'node', args: ['./server.js'], cwd: '/here/sub' },
      notes: [],
    });
  });

  test.each<[string, readonly string[], ServerFlags, string]>([
    ['nothing', [], {}, '"x" has neither a command nor a URL'],
    ['arguments after a URL', ['https://x.dev', 'more'], {}, 'a URL takes no arguments: more'],
    ['a URL as stdio', ['https://x.dev'], { transport: 'stdio' }, 'a URL cannot be a command'],
    ['a command as http', ['npx'], { transport: 'http' }, '--transport http needs a URL'],
    ['two servers', ['npx'], { url: 'https://x.dev' }, '"npx" and --url name two servers'],
    ['another scheme', [], { url: 'ftp://x.dev' }, '"ftp://x.dev" is not a URL of http or https'],
    ['variables for a URL', ['https://x.dev'], { env: ['A=1'] }, '--env means nothing for a URL'],
    ['headers for a command', ['npx'], { header: ['A: 1'] }, '--header means nothing for a command'],
    ['a variable in the place of a command', ['B=2', '--', 'npx'], {}, 'B=... is no command but a variable'],
    ['a variable without a name', ['npx'], { env: ['=1'] }, '"" cannot be a variable'],
    [
      'a header without a colon',
      ['https://x.dev'],
      { header: ['secret'] },
      'a header is not of the form "Name: value"',
    ],
    [
      'a token instead of its variable',
      ['https://x.dev'],
      { bearerTokenEnvVar: 'sk-1' },
      'takes the name of a variable',
    ],
  ])('is refused for %s', (_what, words, flags, message) => {
    expect(() => build(words, flags)).toThrow(message);
  });
});

test('a name has letters, digits, - and _', () => {
  for (const name of ['a', 'git-hub_2', '7z']) expect(() => checkServerName(name)).not.toThrow();
  for (const name of ['', 'a b', 'a.b', '@a/b', '-a', '__proto__', 'ü', 'a'.repeat(41)]) {
    expect(() => checkServerName(name)).toThrow('names are letters, digits, - and _');
  }
});
