import type { EventBus } from '../events/bus.ts';
import { printable } from '../utils/printable.ts';
import type { CliContext } from './context.ts';
import { cut } from './format.ts';

/** A line on standard error that says what the command waits for. */
export interface Progress {
  /** Text of others in it is made printable here. */
  say(text: string): void;
  /** Takes the line away until it is drawn again, so that another can be written. */
  pause(): void;
  /** Takes the line away for good. Idempotent. */
  end(): void;
}

/** Before that nobody wonders. */
const QUIET_MS = 1000;
const REDRAW_MS = 1000;
const LINE_CHARS = 79;
const CLEAR_LINE = '\r\u001b[2K';

const SILENT: Progress = { say: () => {}, pause: () => {}, end: () => {} };

/** Says nothing for a second, and nothing at all where standard error is not a terminal: files and scripts want the result alone. */
export const createProgress = (context: CliContext): Progress => {
  if (context.isErrTerminal !== true) return SILENT;
  const startedAt = performance.now();
  let shown = '';
  let text = '';
  const draw = (): void => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const time = ` (${seconds} s)`;
    shown = text === '' ? '' : `${cut(printable(text), LINE_CHARS - time.length)}${time}`;
    context.err(CLEAR_LINE + shown);
  };
  let timer = setTimeout(function tick() {
    draw();
    timer = setTimeout(tick, REDRAW_MS);
  }, QUIET_MS);
  const pause = (): void => {
    if (shown !== '') context.err(CLEAR_LINE);
    shown = '';
  };
  return {
    say: (next) => {
      text = next;
      if (shown !== '') draw();
    },
    pause,
    end: () => {
      clearTimeout(timer);
      pause();
    },
  };
};

/** Tells which upstreams of a hub are being started, and else that an answer is waited for. */
export const followStarts = (bus: EventBus, progress: Progress): void => {
  const starting = new Set<string>();
  progress.say('waiting for an answer');
  bus.listenTo(['upstream.state'], (event) => {
    if (event.state === 'starting') starting.add(event.upstream);
    else starting.delete(event.upstream);
    progress.say(starting.size === 0 ? 'waiting for an answer' : `starting ${[...starting].join(', ')}`);
  });
};
