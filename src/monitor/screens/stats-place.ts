import type { Place } from '../model/place.ts';
import type { MonitorState } from '../model/state.ts';
import { BLANK, fitLine, type Line, line, span } from '../text/line.ts';
import type { Theme } from '../text/theme.ts';
import { createTheme } from '../text/theme.ts';
import { listRowsOf } from './layout.ts';
import { paged, pageKeys } from './scroll.ts';
import { contextPanel, errorsPanel, latencyPanel, talkersPanel, timelinePanel } from './stats-panels.ts';

/** From so many cells on two panels stand beside each other. */
const TWO_COLUMNS_FROM = 96;

/** The figures of the time window. */
export const STATS_PLACE: Place = {
  load: (control) => {
    const { now, windowMs } = control.state();
    control.set({ stats: control.source.stats(now - windowMs) });
  },
  keys: (state) => pageKeys(linesOf(state, ANY), listRowsOf(state, 0)),
  rows: () => 1,
  bindings: [],
  view: (state, theme) => paged(state, 'stats', linesOf(state, theme), listRowsOf(state, 0)),
};

const ANY = createTheme({ hasColor: false, isAscii: true });

const linesOf = (state: MonitorState, theme: Theme): Line[] => {
  const { stats, size } = state;
  if (stats === undefined) return [];
  if (stats.timeline.every(({ calls }) => calls === 0) && stats.servers.length === 0)
    return [
      BLANK,
      line(span('  No calls in this time.', 'strong')),
      BLANK,
      line('  ', span('t', 'key'), ' looks further back.'),
    ];
  if (size.columns < TWO_COLUMNS_FROM) {
    const at = { state, stats, theme, width: size.columns - 2 };
    return [timelinePanel(at), latencyPanel(at), contextPanel(at), errorsPanel(at), talkersPanel(at)].flatMap(spaced);
  }
  const half = Math.floor((size.columns - 4) / 2);
  const at = { state, stats, theme, width: half };
  const whole = { ...at, width: size.columns - 2 };
  return [
    ...spaced(timelinePanel(whole)),
    ...spaced(besides(latencyPanel(at), contextPanel(at), half, theme)),
    ...spaced(besides(talkersPanel(at), errorsPanel(at), half, theme)),
  ];
};

const spaced = (lines: readonly Line[]): Line[] => [...lines, BLANK];

const besides = (left: readonly Line[], right: readonly Line[], width: number, { glyphs }: Theme): Line[] =>
  Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    line(...fitLine(left[index] ?? BLANK, width + 2, glyphs.cut).spans, ...(right[index] ?? BLANK).spans),
  );
