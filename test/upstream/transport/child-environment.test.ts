import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../../src/upstream/transport/child-environment.ts';
import { verifies } from '../../e2e/requirements/verifies.ts';

describe('the environment of a stdio server', () => {
  it('has what is declared, whatever the hub has', () => {
    verifies('stdio:credentials');
    expect(childEnvironment({ PATH: '/bin', TOKEN: 'x' }, { PATH: '/usr/bin' }, 'linux')).toEqual({
      PATH: '/bin',
      TOKEN: 'x',
    });
  });

  it('has home, path, language and what the client says about the session', () => {
    const safe = {
      HOME: '/home/someone',
      PATH: '/bin',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      TZ: 'UTC',
      TMPDIR: '/tmp',
      CLAUDECODE: '1',
      CLAUDE_CODE_SESSION_ID: 'abc',
      CLAUDE_PROJECT_DIR: '/home/someone/project',
    };
    expect(childEnvironment({}, safe, 'linux')).toEqual(safe);
  });

  it('has no secret of the hub, no option of its Node and no key ring', () => {
    verifies('stdio:credentials');
    const hub = {
      AWS_SECRET_ACCESS_KEY: 'a',
      GITHUB_TOKEN: 'b',
      NODE_OPTIONS: '--require=/evil.js',
      LD_PRELOAD: '/evil.so',
      SSH_AUTH_SOCK: '/run/keys',
      ANTHROPIC_API_KEY: 'c',
      MCP_HUB_CONFIG: '/config',
    };
    expect(childEnvironment({}, hub, 'linux')).toEqual({});
  });

  it('has no shell function that was exported under a safe name', () => {
    expect(childEnvironment({}, { TERM: '() { :; }; touch pwn' }, 'linux')).toEqual({});
  });

  it('has the proxy, but not one that holds a password', () => {
    const hub = { HTTPS_PROXY: 'http://proxy:3128', http_proxy: 'http://me:secret@proxy:3128', no_proxy: 'localhost' };
    expect(childEnvironment({}, hub, 'linux')).toEqual({ HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'localhost' });
  });

  it('has what programs need on Windows, with names of any case', () => {
    const hub = { Path: 'C:\\bin', SystemRoot: 'C:\\Windows', APPDATA: 'C:\\Data', SECRET: 'x' };
    expect(childEnvironment({}, hub, 'win32')).toEqual({
      Path: 'C:\\bin',
      NoDefaultCurrentDirectoryInExePath: '1',
      SystemRoot: 'C:\\Windows',
      APPDATA: 'C:\\Data',
    });
    expect(childEnvironment({ PATH: 'D:\\bin' }, hub, 'win32')).not.toHaveProperty('Path');
  });

  it('finds no program in the working directory, whatever the PATH of the hub says', () => {
    expect(childEnvironment({}, { PATH: '.:/bin::node_modules/.bin:/usr/bin:' }, 'linux')).toEqual({
      PATH: '/bin:/usr/bin',
    });
    expect(childEnvironment({}, { PATH: '.:' }, 'linux')).toEqual({});
    expect(childEnvironment({}, { Path: '.;C:\\bin;' }, 'win32')['Path']).toBe('C:\\bin');
    expect(childEnvironment({ PATH: './bin' }, { PATH: '/bin' }, 'linux')).toEqual({ PATH: './bin' });
  });

  it.each([
    ['a folder in quotes', '"C:\\Program Files\\nodejs";.', '"C:\\Program Files\\nodejs"'],
    ['a folder in quotes with a semicolon', '"C:\\a;b";c', '"C:\\a;b"'],
    ['a folder of a share', '\\\\server\\share\\bin;"."', '\\\\server\\share\\bin'],
    ['no folder without a drive', 'C:/bin;\\tools;/tools;C:;C:tools;"\\tools";"tools"', 'C:/bin'],
  ])('keeps of the PATH of Windows %s', (_, path, kept) => {
    expect(childEnvironment({}, { Path: path }, 'win32')['Path']).toBe(kept);
  });

  it('has nothing of Windows elsewhere', () => {
    expect(childEnvironment({}, { APPDATA: 'x', path: 'y' }, 'linux')).toEqual({});
  });
});
