import { describe, expect, test } from 'vitest';
import { widthOf } from '../../src/monitor/text/line.ts';
import { createMonitor } from './support/create-monitor.ts';

/** What each place looks like, as files that a person can read: `frames/PLACE-COLUMNSxROWS.txt`. */
const PLACES: readonly (readonly [name: string, keys: string])[] = [
  ['calls', 'N'],
  ['call', 'N enter'],
  ['servers', '2 j j'],
  ['server', '2 j j enter'],
  ['tools', '3'],
  ['stats', '4'],
  ['sessions', '5'],
  ['session', '5 G enter'],
  ['help', '?'],
];

const SIZES = [
  { columns: 60, rows: 12 },
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 120, rows: 32 },
  { columns: 200, rows: 50 },
];

describe.each(PLACES)('the frame of %s', (name, keys) => {
  test.each(SIZES)('on $columns columns and $rows rows is as it was', async (size) => {
    const monitor = createMonitor({ size });
    monitor.press(keys);
    await expect(`${monitor.screen()}\n`).toMatchFileSnapshot(`frames/${name}-${size.columns}x${size.rows}.txt`);
  });

  test('fills each size from the least to a wide one, and not a cell more', () => {
    const monitor = createMonitor();
    monitor.press(keys);
    for (let columns = 60; columns <= 180; columns += 7) {
      for (const rows of [12, 13, 20, 21, 33, 60]) {
        monitor.control.resize({ columns, rows });
        const lines = monitor.cells();
        expect(lines, `${columns}x${rows}`).toHaveLength(rows);
        expect([...new Set(lines.map(widthOf))], `${columns}x${rows}`).toEqual([columns]);
      }
    }
  });

  test('is of ASCII alone where that is asked for', () => {
    const monitor = createMonitor({ isAscii: true });
    monitor.press(keys);
    expect(monitor.screen()).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('has no colour where none is asked for, and only the 16 of the terminal else', () => {
    const plain = createMonitor();
    const colored = createMonitor({ hasColor: true });
    for (const monitor of [plain, colored]) monitor.press(keys);
    expect(codesOf(plain.painted()).filter((code) => Number(code) >= 30)).toEqual([]);
    const colors = codesOf(colored.painted())
      .filter((code) => Number(code) >= 30)
      .map(Number);
    expect(colors.length).toBeGreaterThan(0);
    expect(colors.filter((code) => !(code >= 30 && code <= 37) && !(code >= 90 && code <= 97))).toEqual([]);
  });
});

const codesOf = (painted: readonly string[]): string[] =>
  painted.flatMap((text) =>
    text
      .split('\u001b[')
      .slice(1)
      .flatMap((part) => part.slice(0, part.indexOf('m')).split(';')),
  );
