import { startOfValue } from './json-scan.ts';

const BACKSLASH = '\\';
const QUOTE = '"';
const COLON = 0x3a;

/** Any escape but those of line breaks, tabs and the like. */
const OTHER_ESCAPE = /\\[^bfnrt]/;

/**
 * Whether a JSON text stands for itself, as most do: it has no escapes, or only such that stand for control characters. No quote
 * is inside of its strings then, so that no JSON is, and no run of other characters is in what it stands for that is not in the
 * text itself.
 */
export const isPlain = (text: string): boolean => !text.includes(BACKSLASH) || !OTHER_ESCAPE.test(text);

/** Whether a plain text has a key that is secret, or one that has to be looked at more closely. Strings that are no keys are not looked into. */
export const mayHaveSecretKey = (text: string, isSecretKey: (key: string) => boolean): boolean => {
  for (let start = text.indexOf(QUOTE); start !== -1; ) {
    const end = text.indexOf(QUOTE, start + 1);
    if (end === -1) return false;
    if (text.charCodeAt(end + 1) === COLON || startOfValue(text, end + 1) !== undefined) {
      const key = text.slice(start + 1, end);
      if (key.includes(BACKSLASH) || isSecretKey(key)) return true;
    }
    start = text.indexOf(QUOTE, end + 1);
  }
  return false;
};
