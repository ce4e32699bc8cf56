import type { CallSink } from '../dispatch/call.ts';
import type { JsonValue } from '../protocol/json.ts';
import { isRawNumber } from '../protocol/json.ts';

/**
 * A sink for a request that is sent more than once: each time its upstream counts from the beginning, but the progress that
 * one client hears of has to rise. What is not above all before it is left out.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress#progress-flow
 */
export const risingProgress = (sink: CallSink): CallSink => {
  let highest = Number.NEGATIVE_INFINITY;
  return {
    sent: () => sink.sent(),
    log: (params) => sink.log(params),
    progress(params) {
      const value = numberIn(params['progress']);
      if (value <= highest) return;
      if (value > highest) highest = value;
      sink.progress(params);
    },
  };
};

/** NaN, which is neither above nor below anything, for what is no number. */
const numberIn = (value: JsonValue | undefined): number =>
  isRawNumber(value) ? Number(value.rawJSON) : typeof value === 'number' ? value : Number.NaN;
