import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvilLog } from '../e2e/support/evil-log.ts';
import { eventually } from '../e2e/support/processes.ts';
import type { UpstreamEntry } from '../e2e/support/upstreams.ts';
import { evilServer } from './support/evil-server.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { openStand, type Stand, toolNames } from './support/stand.ts';

interface Config {
  readonly mcpServers: Record<string, UpstreamEntry>;
}

describe.each(['legacy', 'modern'] as const)('an edit that goes wrong while a %s client is served', (era) => {
  let stand: Stand;
  let file: string;
  let first: Config;
  beforeAll(async () => {
    stand = await openStand({ era, servers: (log) => ({ evil: evilServer('evil', log, { era }) }) });
    file = stand.hub.configFile;
    first = JSON.parse(readFileSync(file, 'utf8')) as Config;
  }, 60_000);
  afterAll(async () => {
    await expectSound(stand);
    await closeSoundly(stand);
  }, 60_000);

  /** The configuration with `evil` under another name. */
  const named = (name: string): string => {
    const { evil, ...others } = first.mcpServers;
    return JSON.stringify({ ...first, mcpServers: { ...others, ...(evil && { [name]: evil }) } });
  };
  const complaints = (): number => stand.hub.stderr().split('the configuration that counted before goes on').length - 1;
  const offers = (name: string): Promise<true> =>
    eventually(`${name}__echo`, async () => (await toolNames(stand.stdio)).includes(`${name}__echo`) || undefined);
  const works = async (name: string): Promise<void> => {
    const { result } = await stand.stdio.call(`${name}__echo`, { m: name });
    expect(result).toMatchObject({ content: [{ text: name }] });
  };

  test('N40 a server is renamed while a call of it is under way: the call ends well, the new name works, the old one is unknown', async () => {
    const slow = stand.stdio.call('evil__slow', { ms: 1_500 });
    await eventually('the call', () => readEvilLog(stand.evilLog).some(({ raw }) => raw?.includes('"ms":1500')));
    writeFileSync(file, named('other'));
    await offers('other');
    await works('other');
    expect((await stand.stdio.call('evil__echo', { m: 'x' })).error?.code).toBe(-32602);
    expect((await slow).result).toMatchObject({ content: [{ text: 'waited 1500' }] });
  });

  const BROKEN: readonly (readonly [what: string, spoil: () => void, told: RegExp])[] = [
    ['a folder', () => mkdirSync(file), /it is a folder, not a file/],
    ['a symbolic link to itself', () => symlinkSync(file, file), /symbolic links lead in a circle/],
    ['a link to nothing', () => symlinkSync(`${file}.gone`, file), /no such file/],
    ['gone', () => {}, /no such file/],
    ['60 MiB of blanks', () => writeFileSync(file, Buffer.alloc(60 * 1024 * 1024, 0x20)), /larger than 8 MiB/],
    ['bytes that are no text', () => writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00])), /not text in UTF-8/],
    ['empty', () => writeFileSync(file, ''), /it is empty/],
    ['a list', () => writeFileSync(file, '[1,2]'), /:1:1: /],
    ['cut off', () => writeFileSync(file, named('cut').slice(0, -5)), /:1:\d+: /],
    [
      'a configuration with a key that nests deep',
      () => writeFileSync(file, `{"mcpServers":{},"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
      /:1:\d+: /,
    ],
  ];

  test.each(BROKEN)(
    'N41 the file is %s: the one that counted goes on, and the next edit counts',
    async (what, spoil, told) => {
      const before = complaints();
      const name = `n${before}`;
      const names = (await toolNames(stand.stdio)).filter((each) => each.endsWith('__echo'));
      rmSync(file, { recursive: true, force: true });
      spoil();
      // A file that takes long to write may be complained of while it is still absent or short.
      const last = (): string | undefined =>
        stand.hub
          .stderr()
          .split('\n')
          .findLast((line) => line.includes('goes on'));
      await eventually(`the complaint of ${what}`, () => complaints() > before && told.test(last() ?? ''));
      expect((await toolNames(stand.stdio)).filter((each) => each.endsWith('__echo'))).toEqual(names);
      rmSync(file, { recursive: true, force: true });
      writeFileSync(file, named(name));
      await offers(name);
      await works(name);
    },
  );

  test('N42 the file becomes a link, and what it leads to is edited', async () => {
    const real = stand.home.file('real.json');
    writeFileSync(real, named('behind'));
    unlinkSync(file);
    symlinkSync(real, file);
    await offers('behind');
    writeFileSync(real, named('edited'));
    await offers('edited');
    await works('edited');
  });

  // Root may read every file.
  test.skipIf(process.getuid?.() === 0)('N43 the file may not be read any more', async () => {
    const before = complaints();
    chmodSync(file, 0);
    await eventually('the complaint', () => complaints() > before);
    chmodSync(file, 0o600);
    await works('edited');
  });

  test('N44 a server is taken out and put back while calls wait for their turn: each has one answer', async () => {
    const limited = JSON.parse(named('busy')) as Config & { hub?: Record<string, unknown> };
    const text = JSON.stringify({ ...limited, hub: { ...limited.hub, servers: { busy: { maxConcurrent: 1 } } } });
    writeFileSync(file, text);
    await offers('busy');
    const calls = Array.from({ length: 10 }, () => stand.stdio.call('busy__slow', { ms: 150 }));
    await eventually('the first', () => readEvilLog(stand.evilLog).some(({ raw }) => raw?.includes('"ms":150')));
    const { busy: _, ...rest } = limited.mcpServers;
    writeFileSync(file, JSON.stringify({ ...limited, mcpServers: rest }));
    await eventually('its end', async () => !(await toolNames(stand.stdio)).includes('busy__echo'));
    writeFileSync(file, text);
    for (const { result, error } of await Promise.all(calls)) expect(result ?? error).toBeDefined();
    await offers('busy');
    await works('busy');
  });
});
