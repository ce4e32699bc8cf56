import { printable } from '../../utils/printable.ts';
import type { CallDetail } from '../source/monitor-source.ts';
import { span, wrapText } from '../text/line.ts';
import { duration, size, timeOfDay } from '../text/quantities.ts';
import type { Glyphs } from '../text/theme.ts';
import { jsonRows, type PayloadRow } from './json-rows.ts';
import { isLargeResult, largeResultWords } from './large-result.ts';

export interface SectionsOptions {
  /** Cells in a line. */
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly folds: ReadonlySet<string>;
}

/** What was sent, what came back, and what the server said meanwhile, as lines. */
export const payloadSections = ({ call, attempts, stderr }: CallDetail, options: SectionsOptions): PayloadRow[] => {
  const payload = (json: string | undefined, root: string): PayloadRow[] =>
    json === undefined ? [{ spans: [span('  nothing is kept', 'dim')] }] : jsonRows(json, { ...options, root });
  const message = call.errorMessage !== undefined && call.outcome !== 'ok' ? printable(call.errorMessage) : undefined;
  return [
    ...(message === undefined
      ? []
      : wrapText(message, options.width - 2).map((text) => ({ spans: [span(` ${text}`, 'bad')] }))),
    ...attempts.map(({ attempt, upstream, outcome, durationMs, errorMessage }) => ({
      spans: [
        span(`  attempt ${attempt} `, 'dim'),
        span(printable(upstream), 'name'),
        span(` ${outcome.replace('_', ' ')} ${duration(durationMs)} `),
        span(errorMessage === undefined ? '' : printable(errorMessage), 'dim'),
      ],
    })),
    heading(`request ${size(call.bytesIn)}`, call.isRequestCut, options),
    ...payload(call.request, 'request'),
    ...(call.outcome === 'running'
      ? [heading('result', false, options), { spans: [span('  not yet', 'busy')] }]
      : [
          heading(`result ${size(call.bytesOut)}`, call.isResultCut, options),
          ...largeResult(call, options),
          ...payload(call.result, 'result'),
        ]),
    ...(stderr.length === 0
      ? []
      : [
          heading('standard error meanwhile', false, options),
          ...stderr.map(({ at, text }) => ({
            spans: [span(`  ${timeOfDay(at)} `, 'dim'), span(printable(text))],
          })),
        ]),
  ];
};

/** Some clients refuse it, or cut it. */
const largeResult = (call: CallDetail['call'], { width }: SectionsOptions): PayloadRow[] =>
  isLargeResult(call)
    ? wrapText(largeResultWords(call), width - 2).map((text) => ({ spans: [span(` ${text}`, 'warn')] }))
    : [];

const heading = (title: string, isCut: boolean, { width, glyphs }: SectionsOptions): PayloadRow => {
  const text = ` ${title}${isCut ? ', only its beginning is kept' : ''} `;
  return {
    spans: [
      span(glyphs.horizontal.repeat(2), 'dim'),
      span(text, 'strong'),
      span(glyphs.horizontal.repeat(Math.max(0, width - text.length - 2)), 'dim'),
    ],
  };
};
