import { render } from 'ink';
import { App, type Visit } from './app.tsx';
import { createDemoSource } from './demo/demo-source.ts';
import { createFrameStore } from './frame-store.ts';
import { createControl } from './model/create-control.ts';
import { PLACES } from './places.ts';
import { keepHeapSmall } from './small-heap.ts';
import type { MonitorSource } from './source/monitor-source.ts';
import { createClipboard } from './terminal/clipboard.ts';
import { showInPager } from './terminal/pager.ts';
import { REAL_CLOCK } from './terminal/real-clock.ts';
import { holdTerminal } from './terminal/signals.ts';
import { createTheme, type ThemeOptions } from './text/theme.ts';

export interface MonitorOptions extends ThemeOptions {
  /** Default: the scripted session of the demo. */
  readonly source?: MonitorSource;
  /** Which calls are shown at first; a filter that is right. Default: all. */
  readonly filterText?: string;
  /** Default: false. */
  readonly errorsOnly?: boolean;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Where a copied text is put beside the clipboard, and how a person reads that. */
  readonly copyFile: string;
  readonly shownCopyFile: string;
}

/** What was watched, for the line that is left on the terminal. */
export interface MonitorEnd {
  readonly watchedMs: number;
  readonly calls: number;
  readonly errors: number;
  readonly isDemo: boolean;
  /** The signal that ended it. Default: a key did. */
  readonly signal?: NodeJS.Signals;
}

/** How often the monitor looks at the clock: often while something on the screen counts, seldom while nothing does. */
const TICK_MS = 250;
const IDLE_TICKS = 4;

/**
 * Runs the monitor on a terminal until the person quits or a signal comes, and leaves the terminal as it was, whatever happens.
 * @throws what has broken the monitor
 */
export const runMonitor = async (options: MonitorOptions): Promise<MonitorEnd> => {
  const { stdin, stdout, env } = options;
  const openDemo = (): MonitorSource => createDemoSource(REAL_CLOCK);
  const theme = createTheme(options);
  let visit: Visit = async (away) => away();
  let exit = (): void => {};
  const terminal = holdTerminal(stdout, { suspend: () => control.suspend(), end: () => exit() });
  const control = createControl({
    source: options.source ?? openDemo(),
    places: PLACES,
    size: { columns: stdout.columns, rows: stdout.rows },
    filterText: options.filterText ?? '',
    errorsOnly: options.errorsOnly ?? false,
    world: {
      copy: createClipboard({
        write: (sequence) => void stdout.write(sequence),
        file: options.copyFile,
        shownFile: options.shownCopyFile,
      }),
      page: (text) => visit(() => showInPager(text, env)),
      suspend: () => visit(terminal.stop),
      quit: () => exit(),
      openDemo,
    },
  });
  const startedAt = control.source.now();
  const frames = createFrameStore(control, PLACES, theme);
  const app = render(
    <App
      control={control}
      frames={frames}
      onMounted={(mounted) => {
        visit = mounted.visit;
        exit = mounted.exit;
      }}
    />,
    {
      stdin,
      stdout,
      exitOnCtrlC: false,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      patchConsole: false,
    },
  );
  keepHeapSmall();
  let ticks = 0;
  const clock = setInterval(() => {
    ticks += 1;
    if (ticks % IDLE_TICKS === 0 || control.isCounting()) control.tick();
  }, TICK_MS);
  let crash: Error | undefined;
  terminal.onCrash((error) => {
    crash ??= error;
    app.unmount();
  });
  try {
    await app.waitUntilExit();
    if (crash !== undefined) throw crash;
    const { calls, errors } = seen(control.source, startedAt);
    return {
      watchedMs: control.source.now() - startedAt,
      calls,
      errors,
      isDemo: control.state().label !== undefined,
      ...terminal.ending(),
    };
  } finally {
    clearInterval(clock);
    control.close();
    terminal.release();
  }
};

/** At the end the log may be gone. */
const seen = (source: MonitorSource, startedAt: number): { calls: number; errors: number } => {
  try {
    return source.overview(startedAt);
  } catch {
    return { calls: 0, errors: 0 };
  }
};
