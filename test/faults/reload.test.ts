import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readEvilLog } from '../e2e/support/evil-log.ts';
import { eventually, isAlive } from '../e2e/support/processes.ts';
import type { WireMessage } from '../e2e/support/received.ts';
import type { UpstreamEntry } from '../e2e/support/upstreams.ts';
import { evilServer } from './support/evil-server.ts';
import { closeSoundly, expectSound } from './support/invariants.ts';
import { openStand, type Stand, toolNames } from './support/stand.ts';

interface Edited {
  readonly stand: Stand;
  /** The text of a configuration with these servers beside `good`, which stays as it is. */
  text(servers: Readonly<Record<string, UpstreamEntry>>): string;
  save(text: string): void;
  pidsOf(name: string): number[];
  follows(): number;
}

/** A hub whose configuration is edited; `evil` ignores every request to end. */
const openEdited = async (era: 'legacy' | 'modern'): Promise<Edited> => {
  const stand = await openStand({
    era,
    args: ['--log-level', 'info'],
    servers: (log) => ({ evil: evilServer('evil', log, { evil: 'ignore-eof,ignore-term,grandchild', era }) }),
  });
  const first = JSON.parse(readFileSync(stand.hub.configFile, 'utf8')) as { mcpServers: Record<string, UpstreamEntry> };
  const good = first.mcpServers['good'];
  return {
    stand,
    text: (servers) => JSON.stringify({ mcpServers: { ...(good && { good }), ...servers } }),
    save: (text) => writeFileSync(stand.hub.configFile, text),
    pidsOf: (name) =>
      readEvilLog(stand.evilLog).flatMap((entry) =>
        entry.name === name && entry.event === 'start' ? [entry.pid] : [],
      ),
    follows: () => stand.hub.stderr().split('the configuration was read again').length - 1,
  };
};

const changesIn = ({ hub }: Stand): number =>
  hub.messages.filter(({ message }: { message: WireMessage }) => message.method === 'notifications/tools/list_changed')
    .length;

describe.concurrent.each(['legacy', 'modern'] as const)('F38 an edit while a %s client has a call under way', (era) => {
  test('F38 F25 broken, of one server, in pieces, by a new file, a hundred times, and without a server', async () => {
    const edited = await openEdited(era);
    const { stand, text, save, pidsOf, follows } = edited;
    const evil = (mark: string): UpstreamEntry => {
      const entry = evilServer('evil', stand.evilLog, { evil: 'ignore-eof,ignore-term', era });
      return { ...entry, args: [...(entry.args ?? []), mark] };
    };
    const slow = stand.stdio.call('good__slow', { ms: 9_000 }, { timeoutMs: 30_000 });
    await eventually('the call', () => readEvilLog(stand.evilLog).some(({ raw }) => raw?.includes('"ms":9000')));
    const [goodPid] = pidsOf('good');

    save('{ "mcpServers": { "good": }');
    await eventually('the complaint', () => stand.hub.stderr().includes(`${stand.hub.configFile}:1:`));
    expect(await toolNames(stand.stdio)).toContain('evil__echo');

    const [firstEvil] = pidsOf('evil');
    save(text({ evil: evil('one') }));
    await eventually('the first edit', () => follows() === 1);
    expect((await stand.stdio.call('evil__echo', { m: 'one' })).result).toBeDefined();
    await eventually('the end of the old one', () => firstEvil !== undefined && !isAlive(firstEvil), 12_000);

    const pieces = text({ evil: evil('two') });
    const third = Math.floor(pieces.length / 3);
    for (const end of [third, third * 2, pieces.length]) {
      save(pieces.slice(0, end));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await eventually('the edit in pieces', () => follows() >= 2);

    writeFileSync(`${stand.hub.configFile}.new`, text({ evil: evil('three') }));
    renameSync(`${stand.hub.configFile}.new`, stand.hub.configFile);
    await eventually('the new file', () => follows() >= 3);
    expect(follows()).toBeLessThanOrEqual(4);

    const before = follows();
    for (let index = 0; index < 100; index += 1) save(text({ evil: evil(`many ${index}`) }));
    await eventually('the last of many', () => follows() > before);
    expect((await stand.stdio.call('evil__echo', { m: 'last' })).result).toBeDefined();
    const started = readEvilLog(stand.evilLog).findLast(({ event, name }) => event === 'start' && name === 'evil');
    expect((started as unknown as { argv: string[] }).argv.at(-1)).toBe('many 99');
    expect(follows() - before).toBeLessThanOrEqual(2);

    const told = changesIn(stand);
    save(text({}));
    await eventually('the end of evil', () => follows() > before + 1 || changesIn(stand) > told);
    await eventually('its tools to be gone', async () => !(await toolNames(stand.stdio)).includes('evil__echo'));
    await eventually('its processes to be gone', () => pidsOf('evil').every((pid) => !isAlive(pid)), 12_000);

    expect((await slow).result).toMatchObject({ content: [{ text: 'waited 9000' }] });
    expect(pidsOf('good')).toEqual([goodPid]);
    if (era === 'legacy') expect(changesIn(stand)).toBe(told + 1);
    await expectSound(stand);
    await closeSoundly(stand);
  }, 60_000);
});
