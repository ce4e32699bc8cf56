import { printable } from '../../utils/printable.ts';
import type { ServerView } from '../source/monitor-source.ts';
import { type Span, type Style, span } from '../text/line.ts';
import { lasted } from '../text/quantities.ts';

const STYLES: Readonly<Record<ServerView['state'], Style>> = {
  ready: 'good',
  idle: 'plain',
  starting: 'busy',
  degraded: 'warn',
  restarting: 'warn',
  failed: 'bad',
  stopped: 'dim',
  disabled: 'dim',
  'needs login': 'warn',
  resting: 'warn',
};

/** How a server stands, in a word or two: `up 2h14`, `needs login`, `failed`. */
export const stateSpan = ({ state, stateAt }: ServerView, now: number): Span => {
  const isUp = state === 'ready' && stateAt !== undefined;
  return span(isUp ? `up ${lasted(now - stateAt)}` : state === 'ready' ? 'up' : state, STYLES[state]);
};

/** What mends it, or why it is as it is; undefined where all is well. Printable. */
export const mendingOf = ({ state, fix, reason }: ServerView): Span | undefined => {
  if (state === 'ready' || state === 'idle') return undefined;
  if (fix !== undefined) return span(printable(fix), 'accent');
  return reason === undefined ? undefined : span(printable(reason), 'warn');
};
