import { HubError } from '../../errors/hub-error.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import { completeCommand, runCommand } from './commands.ts';
import type { Control } from './control.ts';
import type { Prompt } from './state.ts';

/** A key while a line is typed at the bottom of the screen. */
export const promptKey = (control: Control, key: string) => {
  const { prompt } = control.state();
  if (prompt === undefined) return;
  switch (key) {
    case 'enter':
      return accept(control, prompt);
    case 'esc':
      return cancel(control, prompt);
    case 'tab':
      return prompt.kind === 'command'
        ? change(control, prompt, completeCommand(control.state(), prompt.text))
        : undefined;
    default: {
      const edited = edit(prompt, key);
      if (edited !== undefined) change(control, prompt, edited.text, edited.at);
    }
  }
};

/** Text that was pasted; a line has no line breaks. */
export const promptPaste = (control: Control, text: string): void => {
  const { prompt } = control.state();
  if (prompt === undefined) return;
  const clean = text.replaceAll(/\s+/g, ' ');
  const { at } = prompt;
  change(control, prompt, prompt.text.slice(0, at) + clean + prompt.text.slice(at), at + clean.length);
};

interface Edited {
  readonly text: string;
  readonly at: number;
}

const edit = ({ text, at }: Prompt, key: string): Edited | undefined => {
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (key) {
    case 'backspace':
    case 'delete':
      return { text: before.slice(0, -1) + after, at: Math.max(0, at - 1) };
    case 'left':
      return { text, at: Math.max(0, at - 1) };
    case 'right':
      return { text, at: Math.min(text.length, at + 1) };
    case 'home':
    case 'ctrl-a':
      return { text, at: 0 };
    case 'end':
    case 'ctrl-e':
      return { text, at: text.length };
    case 'ctrl-u':
      return { text: after, at: 0 };
    case 'ctrl-w': {
      const kept = before.replace(/\S*\s*$/, '');
      return { text: kept + after, at: kept.length };
    }
    case 'space':
      return { text: `${before} ${after}`, at: at + 1 };
    default:
      return Array.from(key).length === 1 ? { text: before + key + after, at: at + key.length } : undefined;
  }
};

/** A filter takes effect while it is typed, as soon as it is right. */
const change = (control: Control, prompt: Prompt, text: string, at = text.length): void => {
  const { problem: _, ...rest } = prompt;
  const problem = prompt.kind === 'filter' ? problemOf(text) : undefined;
  control.set({ prompt: { ...rest, text, at, ...(problem === undefined ? {} : { problem }) } });
  if (prompt.kind === 'filter' && problem === undefined) control.filter(text.trim());
};

const accept = (control: Control, prompt: Prompt): void => {
  if (prompt.kind === 'filter' && prompt.problem !== undefined) return;
  control.clear('prompt');
  if (prompt.kind === 'command') runCommand(control, prompt.text.trim());
};

const cancel = (control: Control, prompt: Prompt): void => {
  control.clear('prompt');
  if (prompt.kind === 'filter') control.filter(prompt.before);
};

const problemOf = (text: string): string | undefined => {
  try {
    parseFilter(text);
    return undefined;
  } catch (error) {
    const { message, hint } = HubError.from(error);
    return `${message}; ${hint}`;
  }
};
