import { describe, expect, test } from 'vitest';
import { isServerUrl, normalizeArguments, type OptionShape } from '../../src/cli/arguments.ts';

const option = (short: string | undefined, long: string, required: boolean): OptionShape => ({ short, long, required });
const global = [option(undefined, '--config', true), option(undefined, '--debug', false)];
const add = [
  ...global,
  option('-e', '--env', true),
  option('-H', '--header', true),
  option('-t', '--transport', true),
  option(undefined, '--url', true),
  option(undefined, '--disabled', false),
];
const normalize = (line: string) => normalizeArguments(line.split(' '), { global, add }).join(' ');

describe('the order of what was typed', () => {
  test.each([
    ['add ev npx -y srv', 'add -- ev npx -y srv'],
    ['add ev -- npx -y srv', 'add -- ev npx -y srv'],
    ['add ev -e A=1 -- npx -y srv', 'add -e A=1 -- ev npx -y srv'],
    ['add -e A=1 ev -- npx -y srv', 'add -e A=1 -- ev npx -y srv'],
    ['add ev -e A=1 npx -y srv -e B=2', 'add -e A=1 -- ev npx -y srv -e B=2'],
    ['add ev --env=A=1 -eB=2 npx srv', 'add --env=A=1 -eB=2 -- ev npx srv'],
    ['add -t http s https://x.dev/mcp -H X', 'add -t http -H X -- s https://x.dev/mcp'],
    ['add s https://x.dev/mcp --disabled', 'add --disabled -- s https://x.dev/mcp'],
    ['add docs --url https://x.dev', 'add --url https://x.dev -- docs'],
    ['add ev npx srv --port 3000', 'add -- ev npx srv --port 3000'],
    ['add flags -y npx', 'add -y -- flags npx'],
    ['--config f add ev npx --config g', '--config f add -- ev npx --config g'],
    ['add --config f ev npx', 'add --config f -- ev npx'],
    ['add x --env', 'add --env'],
    ['add x -e -- npx', 'add -e'],
    ['add', 'add'],
    ['add --help', 'add --help'],
  ])('"%s" becomes "%s"', (typed, expected) => {
    expect(normalize(typed)).toBe(expected);
  });

  test('a leading "mcp" is dropped, and only a leading one', () => {
    expect(normalize('mcp list --json')).toBe('list --json');
    expect(normalize('--config f mcp add ev npx -y srv')).toBe('--config f add -- ev npx -y srv');
    expect(normalize('get mcp')).toBe('get mcp');
  });

  test('other verbs are left as they are', () => {
    expect(normalize('call math__add a=1 --json')).toBe('call math__add a=1 --json');
  });
});

test('only http and https make a URL of a server', () => {
  expect(isServerUrl('HTTPS://x.dev/mcp')).toBe(true);
  expect(isServerUrl('http:/x')).toBe(false);
  expect(isServerUrl('postgres://u@h/db')).toBe(false);
});
