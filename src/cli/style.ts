import { stripVTControlCharacters, styleText } from 'node:util';
import type { CliContext } from './context.ts';

/** What a text means to the person; no meaning is told by its colour alone. */
export type Tone = 'good' | 'warning' | 'bad' | 'quiet' | 'strong';

/** Gives a printable text a colour, or gives it back as it is. */
export type Paint = (tone: Tone, text: string) => string;

/** The sixteen colours of every terminal, so that light and dark ones can be read alike. */
const FORMATS = { good: 'green', warning: 'yellow', bad: 'red', quiet: 'dim', strong: 'bold' } as const;

/** Colours for a person at a terminal, unless `NO_COLOR` says otherwise (https://no-color.org); else no colours. */
export const paintFor = ({ isTerminal, env }: Pick<CliContext, 'isTerminal' | 'env'>): Paint => {
  const hasColors = isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return hasColors
    ? (tone, text) => (text === '' ? '' : styleText(FORMATS[tone], text, { validateStream: false }))
    : (_tone, text) => text;
};

/** How many characters of a painted text are seen. */
export const visibleLength = (text: string): number => stripVTControlCharacters(text).length;
