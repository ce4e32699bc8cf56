import { printable } from '../../utils/printable.ts';
import type { CliContext } from '../context.ts';
import { plural, wrapped } from '../format.ts';
import { type Paint, paintFor, type Tone } from '../style.ts';
import { type FindingState, SECTIONS } from './check.ts';
import type { ExaminedFinding } from './examine.ts';

const TONES: Readonly<Record<FindingState, Tone>> = { ok: 'good', warning: 'warning', fails: 'bad' };

/** `warning` and two spaces on each side. */
const INDENT = '           ';

/** The findings for a person: below headings, a line each, with the command that mends it below what is not well. */
export const findingsText = (findings: readonly ExaminedFinding[], context: CliContext): string => {
  const paint = paintFor(context);
  const sections = SECTIONS.flatMap((section) => {
    const own = findings.filter((finding) => finding.section === section);
    return own.length === 0 ? [] : `${paint('strong', section)}\n${linesOf(own, paint, context.width)}\n`;
  });
  return `${sections.join('')}${countText(findings, paint)}\n`;
};

/** How many findings there are of each state. */
export const countStates = (findings: readonly ExaminedFinding[]): Record<FindingState, number> => {
  const counts = { ok: 0, warning: 0, fails: 0 };
  for (const { state } of findings) counts[state] += 1;
  return counts;
};

const linesOf = (findings: readonly ExaminedFinding[], paint: Paint, width: number | undefined): string => {
  const named = Math.max(0, ...findings.map(({ server }) => (server === undefined ? 0 : printable(server).length)));
  return findings.map((finding) => lineOf(finding, named, paint, width)).join('');
};

const lineOf = (
  { state, server, message, fix }: ExaminedFinding,
  named: number,
  paint: Paint,
  width: number | undefined,
): string => {
  const subject = named === 0 || server === undefined ? '' : `${printable(server).padEnd(named)}  `;
  const indent = INDENT + ' '.repeat(subject.length);
  const [first = '', ...rest] = wrapped(printable(message), width, indent).trimEnd().split('\n');
  const head = `  ${paint(TONES[state], state.padEnd(7))}  ${subject}${first.trimStart()}`;
  const mend = fix === undefined ? '' : wrapped(`fix: ${printable(fix)}`, width, indent);
  return `${[head, ...rest].join('\n')}\n${paint('quiet', mend.trimEnd())}${mend === '' ? '' : '\n'}`;
};

const countText = (findings: readonly ExaminedFinding[], paint: Paint): string => {
  const { ok, warning, fails } = countStates(findings);
  if (fails === 0 && warning === 0) return paint('good', `all ${ok} checks are ok`);
  const parts = [
    ...(fails === 0 ? [] : [paint('bad', `${fails} failed`)]),
    ...(warning === 0 ? [] : [paint('warning', plural(warning, 'warning'))]),
    `${ok} ok`,
  ];
  return parts.join(', ');
};
