import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readEvilLog } from './support/evil-log.ts';
import { HUB_BIN } from './support/paths.ts';
import { eventually } from './support/processes.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer } from './support/upstreams.ts';

test('a client that never reads the standard error of the hub is served, and sees it end', async () => {
  const home = createTempHome();
  const log = home.file('evil.ndjson');
  const config = home.file('hub.json');
  writeFileSync(
    config,
    JSON.stringify({ mcpServers: { loud: legacyServer('loud', { evil: 'stderr-flood:8000000', log }) } }),
  );
  const hub = spawn(process.execPath, [HUB_BIN, 'serve', '--config', config, '--log-level', 'debug'], {
    cwd: home.file('work'),
    env: home.env,
  });
  let stdout = '';
  hub.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const exited = once(hub, 'exit');
  hub.stdin.write(
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"loud__echo","arguments":{"m":"hello"}}}\n',
  );
  await eventually('the answer', () => stdout.includes('hello'));
  await eventually('the flood to be over', () => readEvilLog(log).some(({ event }) => event === 'stderr'));
  hub.stdin.end();
  expect(await exited).toEqual([0, null]);
  home.remove();
});
