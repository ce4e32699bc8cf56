import { printable } from '../../utils/printable.ts';
import type { Binding } from '../model/binding.ts';
import type { MonitorState, Prompt } from '../model/state.ts';
import { SORT_COLUMNS } from '../model/tool-sort.ts';
import { clip, type Line, line, type Span, span, widthOf, widthOfLine } from '../text/line.ts';

/** The last line: what is typed, asked or said, else what the keys do. */
export const lastLine = (state: MonitorState, bindings: readonly Binding[], cut: string): Line => {
  const { question, prompt, toast } = state;
  if (question !== undefined) return questionLine(question.text, state.size.columns, cut);
  if (state.isSorting)
    return line(
      span(' sort by  ', 'strong'),
      ...SORT_COLUMNS.flatMap(({ key, column }) => [span(key, 'key'), span(` ${column}  `, 'dim')]),
    );
  if (prompt !== undefined) return promptLine(prompt);
  if (toast !== undefined)
    return line(span(` ${printable(toast.text)}`, toast.tone === 'plain' ? 'strong' : toast.tone));
  return hintLine(state, bindings);
};

/** Its answers stay in sight, however long the question is. Any key but `y` means no. */
const questionLine = (question: string, columns: number, cut: string): Line => {
  const answers = [span('y', 'key'), span(' yes  '), span('n', 'key'), span(' no')];
  const room = columns - 3 - widthOfLine({ spans: answers });
  return line(span(` ${clip(printable(question), room, cut)}  `, 'warn'), ...answers);
};

const promptLine = ({ kind, text, at, problem }: Prompt): Line => {
  const under = text.slice(at, at + 1) || ' ';
  const shown: Span[] = [
    span(kind === 'filter' ? ' / ' : ' : ', 'key'),
    span(printable(text.slice(0, at))),
    { ...span(printable(under)), isSelected: true },
    span(printable(text.slice(at + 1))),
  ];
  const help =
    kind === 'filter' ? 'server:git* tool:*x* client:c status:error >1s since:30m !word' : 'tab completes, esc leaves';
  return line(
    ...shown,
    problem === undefined
      ? span(`   ${text === '' ? help : 'enter keeps, esc takes back'}`, 'dim')
      : span(`   ${problem}`, 'bad'),
  );
};

const hintLine = ({ size, path }: MonitorState, bindings: readonly Binding[]): Line => {
  const spans: Span[] = [span(' ')];
  let room = size.columns - 1;
  const hints = bindings.flatMap(({ keys, hint }) => (hint === undefined ? [] : [{ key: keys[0] ?? '', hint }]));
  const first = hints.filter(({ key }) => key === '?' || key === 'q');
  const reserved = first.reduce((sum, { key, hint }) => sum + widthOf(key) + hint.length + 3, 0);
  for (const { key, hint } of hints) {
    const word = key === 'q' && path.length > 1 ? 'back' : hint;
    const cells = widthOf(key) + word.length + 3;
    const isKept = key === '?' || key === 'q';
    if (!isKept && cells + reserved > room) continue;
    spans.push(span(key, 'key'), span(` ${word}  `, 'dim'));
    room -= cells;
  }
  return { spans };
};
