import { describe, expect, test } from 'vitest';
import { createMonitor } from './support/create-monitor.ts';

const statusOf = (line: string): string => /\b(ok|error|running|timeout)\b/.exec(line)?.[1] ?? '';
const listed = (screen: string): string[] => screen.split('\n').filter((line) => /^.\d\d:\d\d:\d\d/.test(line));

describe('the list of calls', () => {
  test('follows new calls until the person moves up, and again after G', () => {
    const monitor = createMonitor();
    const first = monitor.control.state().cursors.calls?.key;
    monitor.clock.pass(2_000);
    expect(monitor.control.state().cursors.calls?.key).not.toBe(first);
    monitor.press('k');
    const chosen = monitor.control.state().cursors.calls?.key;
    monitor.clock.pass(10_000);
    expect(monitor.control.state().cursors.calls?.key).toBe(chosen);
    monitor.press('G');
    expect(monitor.control.state().isFollowing).toBe(true);
    expect(monitor.control.state().cursors.calls?.key).not.toBe(chosen);
  });

  test('stands still while it is paused, and catches up', () => {
    const monitor = createMonitor();
    monitor.press('p');
    const before = monitor.screen();
    monitor.clock.pass(5_000);
    monitor.control.tick();
    expect(monitor.screen()).toBe(before);
    monitor.press('space');
    expect(monitor.screen()).not.toBe(before);
  });

  test('counts the time of a running call', () => {
    const monitor = createMonitor();
    expect(monitor.screen()).toMatch(/query +running ! +10\.2 s/);
    monitor.clock.pass(1_500);
    expect(monitor.screen()).toMatch(/query +running ! +11\.7 s/);
  });

  test('shows only what failed after e, and all again after esc', () => {
    const monitor = createMonitor();
    monitor.press('e');
    expect([...new Set(listed(monitor.screen()).map(statusOf))]).toEqual(['error']);
    expect(monitor.screen()).toContain('errors only');
    monitor.press('esc');
    expect(listed(monitor.screen()).map(statusOf)).toContain('ok');
  });

  test('is filtered while a filter is typed, and as before after esc', () => {
    const monitor = createMonitor({ size: { columns: 90, rows: 18 } });
    const before = monitor.screen();
    monitor.press('/');
    monitor.type('server:post* status:running');
    expect(listed(monitor.screen())).toHaveLength(1);
    monitor.press('esc');
    expect(monitor.screen()).toBe(before);
  });

  test('keeps the last right filter while a word is half typed', () => {
    const monitor = createMonitor();
    monitor.press('/');
    monitor.type('server:docs status:');
    expect(monitor.screen()).toContain('says nothing after the colon');
    expect(monitor.control.state().filterText).toBe('server:docs status');
    monitor.press('enter');
    expect(monitor.control.state().prompt).toBeDefined();
  });

  test('jumps to calls that failed, and says where there is none', () => {
    const monitor = createMonitor();
    monitor.press('N');
    expect(monitor.screen()).toMatch(/›.*create_issue +error/);
    monitor.press('n');
    expect(monitor.screen()).toContain('no call below has failed');
  });
});

describe('a call', () => {
  test('that only reads is replayed at once; another asks first', () => {
    const monitor = createMonitor();
    monitor.press('/');
    monitor.type('tool:search_issues');
    monitor.press('enter r');
    expect(monitor.control.state().question).toBeUndefined();
    monitor.press('esc N r');
    expect(monitor.screen()).toContain('Call create_issue of github again? It may change something.');
    monitor.press('n');
    expect(monitor.screen()).toContain('replay: not done');
  });

  test('is copied as a request, a result and a command', () => {
    const monitor = createMonitor();
    monitor.press('N y Y c');
    const [request = '', result = '', command = ''] = monitor.world;
    expect(JSON.parse(request.replace('copy ', ''))).toMatchObject({ name: 'create_issue' });
    expect(JSON.parse(result.replace('copy ', ''))).toMatchObject({ isError: true });
    expect(command).toMatch(/^copy mcp-hub call github__create_issue --args '\{"owner":"acme"/);
  });

  test('is folded and unfolded, and gone through with n and p', () => {
    const monitor = createMonitor();
    monitor.press('N enter');
    expect(monitor.screen()).toContain('owner "acme"');
    monitor.press('j j j j enter');
    expect(monitor.screen()).not.toContain('owner "acme"');
    monitor.press('enter');
    expect(monitor.screen()).toContain('owner "acme"');
    const before = monitor.control.state().shownCall?.call.id ?? 0;
    monitor.press('p');
    expect(monitor.control.state().shownCall?.call.id).toBe(before - 1);
    monitor.press('n q');
    expect(monitor.control.state().path).toEqual(['calls']);
  });

  test('goes to the pager with all that is known', () => {
    const monitor = createMonitor();
    monitor.press('N o');
    expect(monitor.world[0]).toContain('request of github__create_issue');
    expect(monitor.world[0]).toContain("label 'bugg' not found");
  });
});

describe('actions', () => {
  test('happen after y alone, and are seen', async () => {
    const monitor = createMonitor();
    monitor.press('2 r');
    expect(monitor.screen()).toContain('Restart github? Its running calls fail.');
    monitor.press('y');
    await Promise.resolve();
    expect(monitor.screen()).toContain('github is starting again');
    expect(monitor.screen()).toMatch(/github +restarting/);
  });

  test('that cannot be done say why', () => {
    const monitor = createMonitor();
    monitor.press('2 G r');
    expect(monitor.screen()).toContain('restart: it needs a login first: mcp-hub login sentry');
  });

  test('hide a tool that nobody calls', async () => {
    const monitor = createMonitor();
    monitor.press('3 S x');
    expect(monitor.screen()).toContain('from all clients? It is written to the configuration.');
    monitor.press('y');
    await Promise.resolve();
    expect(monitor.screen()).toContain('is hidden from clients');
  });

  test('a key of the place that does nothing now says why', () => {
    const monitor = createMonitor();
    monitor.press('2 c');
    expect(monitor.screen()).toContain('github needs no command');
  });
});

describe('commands', () => {
  test.each([
    ['tools', 'never called'],
    ['serv', 'needs login'],
    ['nonsense', '":nonsense" is no command'],
    ['s', 'may be servers or stats or sessions or since'],
    ['since 2h', '"2h" is none of the time windows'],
    ['restart', 'no server is named'],
    ['restart github', 'Restart github?'],
    ['filter server:docs', 'server:docs'],
  ])(':%s', (text, shown) => {
    const monitor = createMonitor();
    monitor.press(':');
    monitor.type(text);
    monitor.press('enter');
    expect(monitor.screen()).toContain(shown);
  });

  test('are completed by tab', () => {
    const monitor = createMonitor();
    monitor.press('2 :');
    monitor.type('res');
    monitor.press('tab');
    monitor.type('pl');
    monitor.press('tab');
    expect(monitor.control.state().prompt?.text).toBe('restart playwright ');
  });

  test('logs gives the command that shows the same calls as lines', () => {
    const monitor = createMonitor();
    monitor.press(':');
    monitor.type('filter server:git* status:error since:30m');
    monitor.press('enter :');
    monitor.type('logs');
    monitor.press('enter');
    expect(monitor.world).toEqual(["copy mcp-hub logs --server 'git*' --since 30m --errors"]);
  });
});

test('q goes back, and from a screen ends the monitor', () => {
  const monitor = createMonitor();
  monitor.press('2 enter q');
  expect(monitor.world).toEqual([]);
  monitor.press('q');
  expect(monitor.world).toEqual(['quit']);
});

describe('a filter', () => {
  const words = 'server:github tool:create_issue client:claude-desktop >1s';

  test.each([
    { columns: 60, rows: 12 },
    { columns: 80, rows: 24 },
    { columns: 120, rows: 32 },
  ])('is seen on each screen at $columns columns, with all else that the title says', (size) => {
    const monitor = createMonitor({ size });
    monitor.press('/');
    monitor.type('server:github');
    monitor.press('enter');
    expect(monitor.screen()).toMatch(/^.*1 Calls.*(following|f to follow)/);
    for (const key of ['1', '2', '3', '4', '5', '?']) {
      monitor.press(key);
      expect(monitor.screen().split('\n').slice(0, 2).join('\n'), key).toContain(' server:github');
    }
    monitor.press('? 4');
    expect(monitor.screen()).toMatch(/^.*4 Stats.* last 1h\n/);
    monitor.press('1 p');
    expect(monitor.screen()).toMatch(/^.*1 Calls.*paused/);
    monitor.press('4');
    const [title = '', below = ''] = monitor.screen().split('\n');
    expect(title).toMatch(/ last 1h$/);
    expect(`${title}\n${below}`).toMatch(/ server:github +paused/);
  });

  test('that is longer than the window is cut, and every frame keeps its size', () => {
    const monitor = createMonitor({ size: { columns: 60, rows: 12 } });
    monitor.press('/');
    monitor.type(words);
    monitor.press('enter');
    const lines = monitor.cells();
    expect(lines).toHaveLength(12);
    expect(lines[1]).toMatch(/^ +server:github tool:create_issue .*…$/);
    expect(lines.at(-1)).toContain('q quit');
  });
});

test('without a filter the pause is seen on each screen of the least size', () => {
  const monitor = createMonitor({ size: { columns: 60, rows: 12 } });
  monitor.press('p 4');
  const [title = '', below = ''] = monitor.screen().split('\n');
  expect(title).toMatch(/ last 1h$/);
  expect(below).toContain('paused');
});

test('too small a window says first how to leave it, whole', () => {
  const monitor = createMonitor({ size: { columns: 40, rows: 10 } });
  const said = monitor.screen().replaceAll(/\s+/g, ' ').trim();
  expect(said).toBe('q quits. Make the window at least 60x12 (it is 40x10).');
});

test('too small a window says so, and still quits', () => {
  const monitor = createMonitor({ size: { columns: 59, rows: 12 } });
  expect(monitor.screen()).toContain('Make the window at least 60x12');
  monitor.press('2 q');
  expect(monitor.world).toEqual(['quit']);
});
