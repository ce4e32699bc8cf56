import type { UpstreamStderr } from '../events/events.ts';

/** The last lines of each upstream's stderr that wait to be written; what an upstream writes faster is left out. */
export interface StderrRing {
  readonly size: number;
  push(row: UpstreamStderr): void;
  /** Takes out all lines, upstream by upstream; where some were left out a line says how many. */
  take(): UpstreamStderr[];
}

/** Between two batches, of one upstream. */
const MAX_LINES = 100;
/** Upstreams have few names. */
const MAX_CHARS = 64 * 1024;

interface Waiting {
  readonly lines: UpstreamStderr[];
  chars: number;
  leftOut: number;
}

export const createStderrRing = (): StderrRing => {
  const upstreams = new Map<string, Waiting>();
  let size = 0;
  const waitingOf = (upstream: string): Waiting => {
    const known = upstreams.get(upstream);
    if (known !== undefined) return known;
    const waiting = { lines: [], chars: 0, leftOut: 0 };
    upstreams.set(upstream, waiting);
    return waiting;
  };
  return {
    get size() {
      return size;
    },
    push(row) {
      const waiting = waitingOf(row.upstream);
      waiting.lines.push(row);
      waiting.chars += row.line.length;
      size += 1;
      while (waiting.lines.length > MAX_LINES || (waiting.chars > MAX_CHARS && waiting.lines.length > 1)) {
        waiting.chars -= waiting.lines.shift()?.line.length ?? 0;
        waiting.leftOut += 1;
        size -= 1;
      }
    },
    take() {
      const rows = [...upstreams.values()].flatMap(({ lines, leftOut }) => {
        const [first] = lines;
        if (first === undefined || leftOut === 0) return lines;
        return [
          { ...first, line: `(${leftOut} ${leftOut === 1 ? 'line' : 'lines'} before this left out of the log)` },
          ...lines,
        ];
      });
      upstreams.clear();
      size = 0;
      return rows;
    },
  };
};
