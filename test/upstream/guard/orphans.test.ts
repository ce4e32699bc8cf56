import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGroupGuard } from '../../../src/upstream/guard/group-guard.ts';
import { createLedger, type LedgerEntry, type LedgerPage } from '../../../src/upstream/guard/ledger.ts';
import { endOrphans } from '../../../src/upstream/guard/orphans.ts';
import { bootAndNamespace, processStart } from '../../../src/utils/process-start.ts';
import { eventually } from '../../e2e/support/processes.ts';
import { isRunning } from '../../fixtures/transport/processes.ts';
import { fixture } from '../../fixtures/transport/stdio-peer.ts';

const PAGE = '4194305-abcdef012345.json';

/** By their start: elsewhere than on Linux the system is asked by other means, which no test runs on. */
describe.runIf(process.platform === 'linux')('what a killed hub has left behind', () => {
  const children: ChildProcess[] = [];
  let stateDir: string;

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'mcp-hub-ledger-'));
    mkdirSync(join(stateDir, 'processes'));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(stateDir, { recursive: true, force: true });
  });

  const start = async (command: string, args: readonly string[]): Promise<LedgerEntry> => {
    const child = spawn(command, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    children.push(child);
    await once(child, 'spawn');
    const pid = child.pid as number;
    return { pid, start: processStart(pid) ?? null, at: Date.now() };
  };
  const startStubborn = (): Promise<LedgerEntry> => start(process.execPath, [fixture('servers/stubborn.mjs')]);

  const writePage = (groups: readonly unknown[], hub: Partial<LedgerPage['hub']> = {}, name = PAGE): void => {
    const { boot, namespace } = bootAndNamespace();
    // No process has this number: it is above the largest that Linux gives.
    const page = { hub: { pid: 4_194_305, start: 'x', boot, namespace, ...hub }, groups };
    writeFileSync(join(stateDir, 'processes', name), JSON.stringify(page));
  };
  const pages = (): string[] => readdirSync(join(stateDir, 'processes'));

  it('is ended by its ledger, and the page is torn out', async () => {
    const orphan = await startStubborn();
    writePage([orphan]);
    expect(await endOrphans(stateDir)).toBe(1);
    expect(isRunning(orphan.pid)).toBe(false);
    expect(pages()).toEqual([]);
  });

  it('is ended where only members of the group are left', async () => {
    const note = join(stateDir, 'member');
    const script = `'${process.execPath}' '${fixture('servers/stubborn.mjs')}' & echo $! > '${note}'; read -r _`;
    const leader = await start('/bin/sh', ['-c', script]);
    children[0]?.stdin?.end();
    await eventually('the end of the leader', () => !isRunning(leader.pid));
    const member = Number(readFileSync(note, 'utf8'));
    expect(isRunning(member)).toBe(true);
    writePage([leader]);
    expect(await endOrphans(stateDir)).toBe(1);
    expect(isRunning(member)).toBe(false);
  });

  it('is not a process that has come under the same number since', async () => {
    const stranger = await startStubborn();
    const boot = stranger.start?.split(' ')[0];
    writePage([{ ...stranger, start: `${boot} 1` }]);
    expect(await endOrphans(stateDir)).toBe(0);
    expect(isRunning(stranger.pid)).toBe(true);
    expect(pages()).toEqual([]);
  });

  it('is left alone where its start is not known', async () => {
    const unknown = await startStubborn();
    writePage([{ ...unknown, start: null }]);
    expect(await endOrphans(stateDir)).toBe(0);
    expect(isRunning(unknown.pid)).toBe(true);
  });

  it('is not what a hub has that lives', async () => {
    const own = await startStubborn();
    const hub = { pid: process.pid, start: processStart(process.pid) ?? null };
    writePage([own], hub, `${process.pid}-abcdef012345.json`);
    writeFileSync(join(stateDir, 'processes', `${process.pid}-abcdef012345.json.new`), '{"hub":');
    expect(await endOrphans(stateDir)).toBe(0);
    expect(isRunning(own.pid)).toBe(true);
    expect(pages()).toHaveLength(2);
  });

  it('is of another boot, or another space of numbers: nothing of it is here', async () => {
    const own = await startStubborn();
    writePage([own], { boot: 'earlier' }, '4194305-aa.json');
    writePage([own], { namespace: 'pid:[1]' }, '4194305-bb.json');
    expect(await endOrphans(stateDir)).toBe(0);
    expect(isRunning(own.pid)).toBe(true);
    expect(pages()).toEqual(['4194305-bb.json']);
  });

  it('is not looked for for ever where nothing can be known: a page that nobody has written again for a day is torn out', async () => {
    const own = await startStubborn();
    const live = { pid: process.pid, start: processStart(process.pid) ?? null };
    writePage([own], { namespace: 'pid:[1]' }, '4194305-aa.json');
    writePage([own], { namespace: 'pid:[1]' }, '4194305-bb.json');
    writePage([own], { ...live, start: null }, `${process.pid}-cc.json`);
    writePage([own], live, `${process.pid}-dd.json`);
    writeFileSync(join(stateDir, 'processes', `${process.pid}-ee.json.new`), '{"hub":');
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    for (const name of pages().filter((each) => !each.includes('-aa')))
      utimesSync(join(stateDir, 'processes', name), yesterday, yesterday);
    expect(await endOrphans(stateDir)).toBe(0);
    expect(isRunning(own.pid)).toBe(true);
    expect(pages().sort()).toEqual(['4194305-aa.json', `${process.pid}-dd.json`].sort());
  });

  it('is written down again and again while its hub lives, also where the page was removed', async () => {
    const ledger = createLedger(stateDir, { refreshMs: 20 });
    const own = await startStubborn();
    ledger.write([own]);
    await eventually('the page', () => pages().some((name) => name.endsWith('.json')));
    rmSync(join(stateDir, 'processes'), { recursive: true });
    await eventually('another', () => existsSync(join(stateDir, 'processes')) && pages().length > 0);
    ledger.write([]);
    await ledger.settled();
    expect(existsSync(join(stateDir, 'processes'))).toBe(false);
  });

  it('cannot be found in a page that is damaged, and nobody is harmed by one', async () => {
    writePage([{ pid: 1, start: 'x', at: 0 }], {}, '4194305-aa.json');
    writePage([{ pid: -1, start: 'x', at: 0 }], {}, '4194305-bb.json');
    writePage([{ pid: '2', start: 'x', at: 0 }, null], {}, '4194305-cc.json');
    writeFileSync(join(stateDir, 'processes', '4194305-dd.json'), '{"hub":');
    writeFileSync(join(stateDir, 'processes', '4194305-ee.json'), 'null');
    writeFileSync(join(stateDir, 'processes', 'notes.txt'), 'not ours');
    expect(await endOrphans(stateDir)).toBe(0);
    expect(pages()).toEqual(['notes.txt']);
  });

  it('may be ended by ten hubs at once', async () => {
    const orphans = await Promise.all([startStubborn(), startStubborn()]);
    writePage(orphans);
    await Promise.all(Array.from({ length: 10 }, () => endOrphans(stateDir)));
    expect(orphans.map(({ pid }) => isRunning(pid))).toEqual([false, false]);
    expect(pages()).toEqual([]);
  });

  it('is written down for its owner only, while it lives', async () => {
    const guard = createGroupGuard(stateDir);
    const [one, two] = await Promise.all([startStubborn(), startStubborn()]);
    const signOff = [guard.watch(one.pid), guard.watch(two.pid)];
    await eventually('the page', () => pages().length === 1 && pages()[0]?.endsWith('.json'));
    const page = join(stateDir, 'processes', pages()[0] as string);
    expect(statSync(page).mode & 0o777).toBe(0o600);
    for (const isGone of signOff) isGone();
    await guard.close();
    expect(existsSync(join(stateDir, 'processes'))).toBe(false);
  });
});
