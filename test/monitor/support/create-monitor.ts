import { createDemoSource } from '../../../src/monitor/demo/demo-source.ts';
import { createControl } from '../../../src/monitor/model/create-control.ts';
import type { MonitorControl, MonitorWorld } from '../../../src/monitor/model/monitor-control.ts';
import type { Size } from '../../../src/monitor/model/state.ts';
import { PLACES } from '../../../src/monitor/places.ts';
import { frameOf } from '../../../src/monitor/screens/frame.ts';
import type { MonitorSource } from '../../../src/monitor/source/monitor-source.ts';
import { createTheme, type ThemeOptions } from '../../../src/monitor/text/theme.ts';

/** A clock that stands still until it is moved. */
export interface FakeClock {
  now(): number;
  every(ms: number, tick: () => void): () => void;
  /** Moves it, and lets everything that waits for a tick have one. */
  pass(ms: number): void;
}

/** Ten o'clock in the morning of a winter's day, by the clock of whoever runs the tests. */
export const START = new Date(2026, 10, 20, 10, 30, 0).getTime();

export const createFakeClock = (start = START): FakeClock => {
  let now = start;
  const ticks = new Set<() => void>();
  return {
    now: () => now,
    every: (_ms, tick) => {
      ticks.add(tick);
      return () => void ticks.delete(tick);
    },
    pass: (ms) => {
      now += ms;
      for (const tick of ticks) tick();
    },
  };
};

export interface Monitor {
  readonly control: MonitorControl;
  readonly clock: FakeClock;
  /** What was asked of the world: `copy ...`, `page ...`, `quit`. */
  readonly world: string[];
  /** Presses keys, given as names between spaces. */
  press(keys: string): void;
  /** Types a text, letter by letter. */
  type(text: string): void;
  /** The screen as text, without the spaces at the end of its lines. */
  screen(): string;
  /** The lines of the screen, whole. */
  cells(): string[];
  /** The screen as a terminal gets it. */
  painted(): string[];
}

export interface MonitorOptions extends Partial<ThemeOptions> {
  /** Default: 100 columns and 30 rows. */
  readonly size?: Size;
  /** Default: the demo. */
  readonly source?: (clock: FakeClock) => MonitorSource;
}

/** The monitor without a terminal, eight seconds after the demo began. */
export const createMonitor = ({
  size = { columns: 100, rows: 30 },
  source = createDemoSource,
  hasColor = false,
  isAscii = false,
}: MonitorOptions = {}): Monitor => {
  const clock = createFakeClock();
  const world: string[] = [];
  const stub: MonitorWorld = {
    copy: (text, what) => {
      world.push(`copy ${text}`);
      return `copied ${what}`;
    },
    page: async (text) => void world.push(`page ${text}`),
    suspend: async () => void world.push('suspend'),
    quit: () => void world.push('quit'),
    openDemo: () => createDemoSource(clock),
  };
  const control = createControl({ source: source(clock), places: PLACES, world: stub, size });
  clock.pass(8_000);
  const theme = createTheme({ hasColor, isAscii });
  const frame = () => frameOf(control.state(), PLACES, theme);
  return {
    control,
    clock,
    world,
    press: (keys) => {
      for (const key of keys.split(' ')) control.press(key);
    },
    type: (text) => {
      for (const character of text) control.press(character === ' ' ? 'space' : character);
    },
    screen: () =>
      frame()
        .map(({ spans }) => spans.map(({ text }) => text).join(''))
        .map((text) => text.trimEnd())
        .join('\n'),
    cells: () => frame().map(({ spans }) => spans.map(({ text }) => text).join('')),
    painted: () => frame().map(theme.paint),
  };
};
