import { describe, expect, test } from 'vitest';
import { unpinnedPackage } from '../../../src/cli/doctor/unpinned-package.ts';

const packageIn = (line: string): string | undefined => unpinnedPackage(line.split(' '))?.package;

describe('a package without a version is found', () => {
  test.each([
    ['npx -y server-files .', 'server-files'],
    ['npx -y @scope/server-files', '@scope/server-files'],
    ['npx --yes server@latest', 'server@latest'],
    ['npx -y server@^1.2.0', 'server@^1.2.0'],
    ['npx -y server@2', 'server@2'],
    ['npx -p @scope/pkg run-it', '@scope/pkg'],
    ['npx --package=@scope/pkg -c run-it', '@scope/pkg'],
    ['/usr/local/bin/npx -y server', 'server'],
    ['C:\\node\\npx.cmd -y server', 'server'],
    ['cmd /c npx -y server', 'server'],
    ['npm exec -- server', 'server'],
    ['npx -y github:owner/repo', 'github:owner/repo'],
    ['pnpm dlx server', 'server'],
    ['bunx server', 'server'],
    ['uvx mcp-server-fetch', 'mcp-server-fetch'],
    ['uvx --python 3.12 mcp-server-git --repository .', 'mcp-server-git'],
    ['uvx --from mcp-server run-it', 'mcp-server'],
    ['uvx server@latest', 'server@latest'],
    ['uvx server>=1.0', 'server>=1.0'],
    ['uv tool run server', 'server'],
    ['pipx run server', 'server'],
    ['docker run -i --rm mcp/time', 'mcp/time'],
    ['docker run -i --rm -e TOKEN --name x mcp/time:latest', 'mcp/time:latest'],
    ['docker run -it --mount=type=bind,src=/a,dst=/a localhost:5000/time', 'localhost:5000/time'],
    ['podman run --pull always mcp/time', 'mcp/time'],
  ])('%s', (line, found) => {
    expect(packageIn(line)).toBe(found);
    expect(unpinnedPackage(line.split(' '))?.fix).toMatch(/VERSION|TAG/);
  });
});

describe('a version, or a program that fetches nothing, is no reason to complain', () => {
  test.each([
    'npx -y server@1.2.3',
    'npx -y @scope/server@1.2.3-beta.1',
    'npx -y ./server',
    'npx -y github:owner/repo#0123abc',
    'uvx server==1.2.3',
    'uvx server@1.2.3',
    'uvx --from git+https://example.com/x@0123abcdef run-it',
    'uvx ./wheel-1.0.whl',
    'docker run -i --rm mcp/time:1.2',
    'docker run -i mcp/time@sha256:0123',
    'docker ps',
    'node server.js',
    'npx',
    'npm start',
  ])('%s', (line) => expect(packageIn(line)).toBeUndefined());
});

test('the fix names the package without its tag', () => {
  expect(unpinnedPackage(['npx', '-y', '@scope/pkg@latest'])?.fix).toContain('npm view @scope/pkg version');
  expect(unpinnedPackage(['docker', 'run', 'mcp/time:latest'])?.fix).toContain('write mcp/time:TAG');
  expect(unpinnedPackage(['uvx', 'pkg>=1'])?.fix).toContain('write pkg==VERSION');
});
