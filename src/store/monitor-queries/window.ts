import { SPANS } from '../call-sums.ts';

/** A time up to now. */
export interface Window {
  /** When it begins, in milliseconds since the epoch. Calls count by the time when they began. */
  readonly sinceMs: number;
  /** The present; default: the clock. */
  readonly nowMs?: number;
}

/** The rows of `call_sums` that cover a window: those of one span, from the one in which the window begins. */
export interface SpanRange {
  /** `call_sums.span` */
  readonly span: number;
  readonly spanMs: number;
  /** When the first span begins; the window is longer than it was asked for by less than a span. */
  readonly fromMs: number;
  readonly nowMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Minutes for up to three hours, hours for up to 30, else days of UTC: some dozens of spans at most, so that reading is quick. */
export const spansOf = ({ sinceMs, nowMs = Date.now() }: Window): SpanRange => {
  const lengthMs = nowMs - sinceMs;
  const span = lengthMs <= 3 * HOUR_MS ? SPANS.minute : lengthMs <= 30 * HOUR_MS ? SPANS.hour : SPANS.day;
  return rangeOf(span, sinceMs, nowMs);
};

/** Finer spans, for what is shown over time: minutes, or hours for up to eight days, else days. */
export const timelineSpansOf = ({ sinceMs, nowMs = Date.now() }: Window): SpanRange => {
  const lengthMs = nowMs - sinceMs;
  const span = lengthMs <= 3 * HOUR_MS ? SPANS.minute : lengthMs <= 8 * 24 * HOUR_MS ? SPANS.hour : SPANS.day;
  return rangeOf(span, sinceMs, nowMs);
};

/** The last minutes, the present one among them. */
export const lastMinutes = (minutes: number, nowMs = Date.now()): SpanRange =>
  rangeOf(SPANS.minute, nowMs - (minutes - 1) * MINUTE_MS, nowMs);

/** One number for each span of the range, in their order; 0 where there is none. */
export const spread = (
  { spanMs, fromMs, nowMs }: SpanRange,
  values: Iterable<readonly [at: number, value: number]>,
): number[] => {
  const numbers = Array.from({ length: Math.max(1, Math.floor((nowMs - fromMs) / spanMs) + 1) }, () => 0);
  for (const [at, value] of values) {
    const place = Math.round((at - fromMs) / spanMs);
    if (place >= 0 && place < numbers.length) numbers[place] = (numbers[place] ?? 0) + value;
  }
  return numbers;
};

const rangeOf = (span: number, sinceMs: number, nowMs: number): SpanRange => {
  const spanMs = span * MINUTE_MS;
  const from = Math.max(0, Math.floor(sinceMs));
  return { span, spanMs, fromMs: from - (from % spanMs), nowMs };
};
