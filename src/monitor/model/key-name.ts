import type { Key } from 'ink';

/**
 * The names of the keys that were pressed: `j`, `G`, `up`, `enter`, `ctrl-d`. What was typed or pasted quickly comes in one
 * piece, and is several keys.
 */
export const keyNames = (input: string, key: Key): string[] => {
  const special = SPECIAL.find(([member]) => key[member]);
  if (special !== undefined) return [key.tab && key.shift ? 'shift-tab' : special[1]];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta) return [];
  return Array.from(input).flatMap((character) => nameOf(character));
};

const SPECIAL: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/** `ctrl` and a letter come as the number of the letter. */
const LETTERS = 26;
const BEFORE_A = 96;

const nameOf = (character: string): string[] => {
  if (character === ' ') return ['space'];
  if (character === '\r' || character === '\n') return ['enter'];
  if (character === '\t') return ['tab'];
  if (character === '\b' || character === '\u007f') return ['backspace'];
  const code = character.charCodeAt(0);
  if (code >= 1 && code <= LETTERS) return [`ctrl-${String.fromCharCode(code + BEFORE_A)}`];
  return character < ' ' ? [] : [character];
};
