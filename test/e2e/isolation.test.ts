import { chmodSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from './requirements/verifies.ts';
import { initialize, type Talker, talker } from './support/conversation.ts';
import { readEvilLog } from './support/evil-log.ts';
import { type HubProcess, startHub } from './support/hub-process.ts';
import { HUB_BIN } from './support/paths.ts';
import { eventually } from './support/processes.ts';
import { runCommand } from './support/run-command.ts';
import { connectV1, connectV2 } from './support/sdk-clients.ts';
import { createTempHome } from './support/temp-home.ts';
import { legacyServer, modernServer } from './support/upstreams.ts';

interface ListedServer {
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
}

describe('an upstream that does not start', () => {
  const home = createTempHome();
  const evilLog = home.file('evil.ndjson');
  const notExecutable = home.file('not-executable');
  writeFileSync(notExecutable, '#!/bin/sh\n');
  chmodSync(notExecutable, 0o644);
  const FAILING = ['absent', 'notExecutable', 'dies', 'refuses', 'hangs', 'unset'];
  const config = {
    mcpServers: {
      good: legacyServer('good', { log: evilLog }),
      absent: { command: home.file('no-such-program') },
      notExecutable: { command: notExecutable },
      dies: legacyServer('dies', { evil: 'exit-start:3', log: evilLog }),
      refuses: legacyServer('refuses', { evil: 'exit-init:4', log: evilLog }),
      hangs: legacyServer('hangs', { evil: 'hang-init', log: evilLog }),
      unset: { command: process.execPath, args: ['-e', '0'], env: { TOKEN: '\u0024{NOBODY_HAS_SET_THIS}' } },
      modern: modernServer('modern'),
    },
    hub: { timeouts: { firstListMs: 1500, startMs: 4000 } },
  };
  let hub: HubProcess;
  let client: Talker;
  let firstListMs: number;

  beforeAll(async () => {
    hub = await startHub({ config, home });
    await initialize(hub);
    client = talker(hub, 'legacy');
    const startedAt = performance.now();
    await client.names('tools');
    firstListMs = performance.now() - startedAt;
  }, 30_000);
  afterAll(async () => {
    await hub.stop();
    home.remove();
  }, 30_000);

  test('costs the first list no more than `firstListMs`, and the others none of their tools', async () => {
    expect(firstListMs).toBeLessThan(3500);
    const tools = await client.names('tools');
    expect(tools).toEqual(expect.arrayContaining(['good__echo', 'modern__echo']));
    for (const name of FAILING) expect(tools.filter((tool) => tool.startsWith(`${name}__`))).toEqual([]);
    expect(await client.callText('good__echo', { m: 'x' })).toBe('x');
    expect(await client.callText('modern__echo', { m: 'x' })).toBe('x');
  });

  test.each([
    ['absent', /no-such-program/],
    ['notExecutable', /not-executable/],
    ['dies', /3/],
    ['refuses', /4/],
    ['unset', /NOBODY_HAS_SET_THIS/],
  ])('%s is explained in one line on stderr', async (name, reason) => {
    const lines = await eventually(`a line about ${name}`, () => {
      const found = hub
        .stderr()
        .split('\n')
        .filter((line) => new RegExp(`\\b${name}\\b`).test(line) && reason.test(line));
      return found.length > 0 && found;
    });
    expect(lines.length).toBeLessThanOrEqual(3);
    expect(hub.stderr()).not.toMatch(/\n\s+at /);
  });

  test('what it last said on its stderr is told', async () => {
    await eventually('the last words', () => /the moon is in the wrong phase/.test(hub.stderr()));
  });

  test('a call to one of its tools fails at once, with its name and the reason', async () => {
    for (const name of ['absent', 'dies', 'unset']) {
      const startedAt = performance.now();
      const { message } = await client.call(`${name}__echo`, { m: 'x' });
      expect(performance.now() - startedAt).toBeLessThan(2500);
      expect(JSON.stringify(message.error ?? message.result)).toContain(name);
    }
  });

  test('is not started again and again', () => {
    const starts = readEvilLog(evilLog).filter((entry) => entry.name === 'dies' && entry.event === 'start');
    expect(starts.length).toBeLessThanOrEqual(5);
  });

  test('`list --json` says why', async () => {
    const servers = await eventually('the states in the log', async () => {
      const { stdout } = await runCommand(['list', '--json', '--config', hub.configFile], { home });
      const listed = (JSON.parse(stdout) as { servers: ListedServer[] }).servers;
      return listed.filter(({ status }) => status === 'failed').length >= 4 && listed;
    });
    const reasonOf = (name: string): string => JSON.stringify(servers.find((server) => server.name === name));
    expect(reasonOf('absent')).toContain('no-such-program');
    expect(reasonOf('dies')).toMatch(/code 3/);
    expect(reasonOf('unset')).toContain('NOBODY_HAS_SET_THIS');
    expect(servers.find((server) => server.name === 'good')?.status).not.toBe('failed');
  });
});

describe('an upstream that is slow to start', () => {
  const config = {
    mcpServers: { good: legacyServer('good'), slow: legacyServer('slow', { evil: 'slow-init:1800' }) },
    hub: { timeouts: { firstListMs: 600 }, servers: { slow: { protocol: 'legacy' } } },
  };

  test('is left out of the first list, and announced once when it has come', async () => {
    await using hub = await startHub({ config });
    await initialize(hub);
    const client = talker(hub, 'legacy');
    expect((await client.names('tools')).some((tool) => tool.startsWith('slow__'))).toBe(false);
    await hub.nextMessage(({ method }) => method === 'notifications/tools/list_changed', 8000);
    expect(await client.names('tools')).toContain('slow__echo');
    expect(await client.callText('slow__echo', { m: 'here' })).toBe('here');
    const announced = hub.messages.filter(({ message }) => message.method === 'notifications/tools/list_changed');
    expect(announced).toHaveLength(1);
  }, 20_000);

  test('is waited for when one of its tools is called before it has come', async () => {
    await using hub = await startHub({ config: { ...config, hub: { servers: { slow: { protocol: 'legacy' } } } } });
    await initialize(hub);
    expect(await talker(hub, 'legacy').callText('slow__echo', { m: 'early' })).toBe('early');
  }, 20_000);
});

describe('an upstream whose list is partly malformed', () => {
  const home = createTempHome();
  const config = {
    mcpServers: { odd: legacyServer('odd', { evil: 'malformed-tools' }), good: legacyServer('good') },
  };
  afterAll(() => home.remove());

  test('keeps its good tools, in every client of the SDKs', async () => {
    verifies('tools:input-schema');
    await using hub = await startHub({ config, home });
    const program = {
      command: process.execPath,
      args: [HUB_BIN, 'serve', '--config', hub.configFile],
      env: home.env,
    };
    const v1 = await connectV1(program);
    const v2 = await connectV2(program, { era: 'modern' });
    for (const client of [v1, v2]) {
      const names = (await client.listTools()).tools.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['odd__echo', 'odd__whoami', 'odd__twice', 'good__echo']));
      expect(new Set(names).size).toBe(names.length);
      expect(names).not.toContain('odd__schema_is_null');
      expect((await client.callTool({ name: 'odd__echo', arguments: { m: 'x' } })).content).toHaveLength(1);
      await client.close();
    }
  }, 30_000);

  test('is named on stderr with what is wrong', async () => {
    verifies('stdio:stdout:only-messages');
    // With a home of its own, the list is read and not remembered.
    await using hub = await startHub({ config });
    await initialize(hub);
    await talker(hub, 'legacy').names('tools');
    await eventually('the reason', () => /odd.*schema_is_null/.test(hub.stderr()));
    expect(hub.stderr()).not.toMatch(/\n\s+at /);
  }, 20_000);
});

describe('an upstream that fails while it works', () => {
  const home = createTempHome();
  const evilLog = home.file('evil.ndjson');
  const config = {
    mcpServers: {
      crash1: legacyServer('crash1', { log: evilLog }),
      crashSIGKILL: legacyServer('crashSIGKILL', { log: evilLog }),
      crashhalf: legacyServer('crashhalf', { log: evilLog }),
      good: legacyServer('good'),
      loud: legacyServer('loud', { evil: 'stderr-flood:8000000,stdout-noise', log: evilLog }),
      paged: legacyServer('paged', { evil: 'pages:3' }),
      endless: legacyServer('endless', { evil: 'pages:3,repeat-cursor' }),
    },
    hub: { servers: { good: { timeouts: { callMs: 700 } } } },
  };
  let hub: HubProcess;
  let client: Talker;

  beforeAll(async () => {
    hub = await startHub({ config, home });
    await initialize(hub);
    client = talker(hub, 'legacy');
    await client.names('tools');
  }, 30_000);
  afterAll(async () => {
    await hub.stop();
    home.remove();
  }, 30_000);

  test.each(['1', 'SIGKILL', 'half'])('a crash (%s) fails its call at once and is not repeated', async (how) => {
    verifies('stdio:crash:restart');
    const name = `crash${how}`;
    const startedAt = performance.now();
    const { message } = await client.call(`${name}__crash`, { how });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(message.error?.message).toContain(name);
    const crashes = readEvilLog(evilLog).filter((entry) => entry.name === name && entry.event === 'crash');
    expect(crashes).toHaveLength(1);
    expect(await client.callText('good__echo', { m: 'x' })).toBe('x');
    expect(await client.callText(`${name}__echo`, { m: 'back' })).toBe('back');
    const starts = readEvilLog(evilLog).filter((entry) => entry.name === name && entry.event === 'start');
    expect(new Set(starts.map(({ pid }) => pid)).size).toBe(2);
  });

  test('a flood on stderr and noise on stdout hold nothing up', async () => {
    verifies('stdio:stderr:no-error');
    expect(await client.callText('loud__echo', { m: 'x' })).toBe('x');
    await eventually('the flood to be over', () => readEvilLog(evilLog).some((entry) => entry.event === 'stderr'));
    expect(hub.stderr().length).toBeLessThan(1_000_000);
  });

  test('a list of several pages is read whole, and one that never ends is cut', async () => {
    const tools = await client.names('tools');
    expect(tools.filter((tool) => tool.startsWith('paged__')).length).toBe(
      tools.filter((tool) => tool.startsWith('good__')).length,
    );
    expect(tools.filter((tool) => tool.startsWith('endless__')).length).toBeLessThan(5000);
  });

  test('a call that takes too long is ended, told, and cancelled', async () => {
    verifies('timeout:configured');
    const { message } = await client.call('good__hang');
    expect(message.error?.message).toMatch(/good.*(700 ms|0\.7 s)|(700 ms|0\.7 s).*good/);
    expect(await client.callText('good__echo', { m: 'x' })).toBe('x');
  });
});
