import { describe, expect, test } from 'vitest';
import { stateDirectory } from '../../src/config/state-directory.ts';
import { userConfigFile } from '../../src/config/user-config-file.ts';

describe('the state directory', () => {
  test('MCP_HUB_STATE_DIR wins over everything', () => {
    expect(stateDirectory({ MCP_HUB_STATE_DIR: '/s', XDG_STATE_HOME: '/x', HOME: '/h' }, 'linux')).toBe('/s');
  });
  test('XDG_STATE_HOME comes next', () => {
    expect(stateDirectory({ XDG_STATE_HOME: '/x', HOME: '/h' }, 'linux')).toBe('/x/mcp-hub');
  });
  test('a relative XDG_STATE_HOME counts as unset', () => {
    expect(stateDirectory({ XDG_STATE_HOME: 'x', HOME: '/h' }, 'linux')).toBe('/h/.local/state/mcp-hub');
  });
  test('macOS uses the same folder as Linux', () => {
    expect(stateDirectory({ HOME: '/Users/u' }, 'darwin')).toBe('/Users/u/.local/state/mcp-hub');
  });
  test('Windows uses LOCALAPPDATA, else the folder of that name in the profile', () => {
    expect(stateDirectory({ LOCALAPPDATA: 'C:\\L' }, 'win32')).toBe('C:\\L\\mcp-hub');
    expect(stateDirectory({ USERPROFILE: 'C:\\U' }, 'win32')).toBe('C:\\U\\AppData\\Local\\mcp-hub');
  });
});

describe("the user's configuration file", () => {
  test('is below XDG_CONFIG_HOME, else below .config, on Linux and macOS', () => {
    expect(userConfigFile({ XDG_CONFIG_HOME: '/x', HOME: '/h' }, 'linux')).toBe('/x/mcp-hub/config.json');
    expect(userConfigFile({ HOME: '/h' }, 'darwin')).toBe('/h/.config/mcp-hub/config.json');
  });
  test('is below APPDATA on Windows', () => {
    expect(userConfigFile({ APPDATA: 'C:\\R' }, 'win32')).toBe('C:\\R\\mcp-hub\\config.json');
    expect(userConfigFile({ USERPROFILE: 'C:\\U' }, 'win32')).toBe('C:\\U\\AppData\\Roaming\\mcp-hub\\config.json');
  });
});
