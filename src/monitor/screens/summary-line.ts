import { windowName } from '../model/commands.ts';
import type { MonitorState } from '../model/state.ts';
import { sparkline, squeezed } from '../text/bars.ts';
import { type Line, line, type Span, span, widthOf } from '../text/line.ts';
import { count, duration, percent } from '../text/quantities.ts';
import type { Theme } from '../text/theme.ts';

/** Least and most columns of the picture of calls over time. */
const PICTURE = { least: 8, most: 60 } as const;

/** What the calls of the time window were like, in one line; what does not fit is left out from the right. */
export const summaryLine = ({ overview, windowMs, size }: MonitorState, { glyphs }: Theme): Line => {
  const parts: Span[][] = [[span(' last ', 'dim'), span(windowName(windowMs), 'strong')]];
  if (overview === undefined) return { spans: parts.flat() };
  const { calls, errors, latencyMs, timeline, serversReady, servers } = overview;
  parts.push([span('  calls ', 'dim'), span(count(calls), 'strong')]);
  if (calls > 0)
    parts.push([span('  ok ', 'dim'), span(percent(calls - errors, calls), errors === 0 ? 'good' : 'strong')]);
  if (latencyMs !== undefined)
    parts.push([
      span('  p50 ', 'dim'),
      span(duration(latencyMs.p50), 'strong'),
      span('  p95 ', 'dim'),
      span(duration(latencyMs.p95), 'strong'),
    ]);
  const up = [
    span(`${serversReady}/${servers}`, serversReady === servers ? 'good' : 'warn'),
    span(' servers up ', 'dim'),
  ];
  const spans = parts.flat();
  const taken = [...spans, ...up].reduce((sum, { text }) => sum + widthOf(text), 0);
  const room = Math.min(PICTURE.most, size.columns - taken - 4);
  const picture = room < PICTURE.least ? [] : [span(`  ${sparkline(squeezed(timeline, room), glyphs)}`, 'bar')];
  const used = taken + picture.reduce((sum, { text }) => sum + widthOf(text), 0);
  return line(...spans, ...picture, span(' '.repeat(Math.max(1, size.columns - used))), ...up);
};
