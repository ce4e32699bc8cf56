import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import { render } from 'ink';
import { createElement } from 'react';
import { App } from '../../src/monitor/app.tsx';
import { createDemoSource } from '../../src/monitor/demo/demo-source.ts';
import { createFrameStore } from '../../src/monitor/frame-store.ts';
import { createControl } from '../../src/monitor/model/create-control.ts';
import { PLACES } from '../../src/monitor/places.ts';
import { createTheme } from '../../src/monitor/text/theme.ts';
import type { Scene } from './scenes.ts';

/** One cell of the screen. Colours are of the 16; absent: the terminal's own. */
export interface Cell {
  readonly text: string;
  /** 2 for a wide character; the cell after it is left out. */
  readonly width: number;
  readonly foreground?: number;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isInverse: boolean;
}

export interface FrameOptions extends Scene {
  readonly hasColor: boolean;
  readonly isAscii: boolean;
}

/** When the scripted session begins, by the clock of wherever the pictures are drawn. */
const START = new Date(2026, 10, 20, 10, 31, 0).getTime();

/** Runs the monitor to the scene, on a terminal without a window, and gives what is on its screen. */
export const frameCells = async ({ size, atMs, keys, hasColor, isAscii }: FrameOptions): Promise<Cell[][]> => {
  let now = START;
  const ticks = new Set<() => void>();
  const source = createDemoSource({
    now: () => now,
    every: (_ms, tick) => {
      ticks.add(tick);
      return () => ticks.delete(tick);
    },
  });
  const world = {
    copy: () => '',
    page: async () => {},
    suspend: async () => {},
    quit: () => {},
    openDemo: () => source,
  };
  const control = createControl({ source, places: PLACES, world, size });
  now += atMs;
  for (const tick of ticks) tick();
  for (const key of keys) control.press(key);

  const terminal = new xterm.Terminal({
    cols: size.columns,
    rows: size.rows,
    allowProposedApi: true,
    convertEol: true,
  });
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    ...size,
    write: (text: string, done?: () => void) => {
      terminal.write(text, done);
      return true;
    },
  });
  const frames = createFrameStore(control, PLACES, createTheme({ hasColor, isAscii }));
  const app = render(createElement(App, { control, frames }), {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: createKeyboard() as unknown as NodeJS.ReadStream,
    interactive: true,
    patchConsole: false,
    incrementalRendering: true,
  });
  await app.waitUntilRenderFlush();
  await new Promise<void>((resolve) => terminal.write('', resolve));
  const cells = read(terminal);
  app.unmount();
  control.close();
  return cells;
};

/** Ink wants to read keys; none come. */
const createKeyboard = () =>
  Object.assign(new EventEmitter(), {
    isTTY: true,
    setEncoding: () => {},
    setRawMode: () => {},
    resume: () => {},
    pause: () => {},
    ref: () => {},
    unref: () => {},
    read: () => null,
  });

const read = (terminal: xterm.Terminal): Cell[][] =>
  Array.from({ length: terminal.rows }, (_, row) => {
    const line = terminal.buffer.active.getLine(terminal.buffer.active.baseY + row);
    return Array.from({ length: terminal.cols }, (_unused, column) => line?.getCell(column)).flatMap((cell) =>
      cell === undefined || cell.getWidth() === 0
        ? []
        : [
            {
              text: cell.getChars() || ' ',
              width: cell.getWidth(),
              ...(cell.isFgPalette() ? { foreground: cell.getFgColor() } : {}),
              isBold: cell.isBold() !== 0,
              isDim: cell.isDim() !== 0,
              isInverse: cell.isInverse() !== 0,
            },
          ],
    );
  });
