/** What can be told of a JSON text without parsing it. Strings are skipped, however long they are, at the speed of a search. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** A double holds every integer of so many digits. */
const SAFE_DIGITS = 15;

/** Whether some number of the text may be another one once it has been a double: long digits, fractions, exponents, minus zero. */
export const hasFragileNumber = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === MINUS || isDigit(code)) {
      const end = endOfInteger(text, at);
      if (isFragile(text, at, end)) return true;
      at = end - 1;
    }
  }
  return false;
};

/** Whether arrays and objects stand in each other more than `maxDepth` deep. */
export const isDeeperThan = (text: string, maxDepth: number): boolean => {
  if (text.length <= maxDepth) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return false;
};

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

const endOfInteger = (text: string, start: number): number => {
  let end = start + 1;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end;
};

const isFragile = (text: string, start: number, end: number): boolean => {
  if (end - start > SAFE_DIGITS) return true;
  if (text.charCodeAt(start) === MINUS && text.charCodeAt(start + 1) === ZERO) return true;
  const next = text[end];
  return next === '.' || next === 'e' || next === 'E';
};

/** The closing quote of the string that opens at `start`; the end of the text where there is none. */
const endOfString = (text: string, start: number): number => {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return text.length;
};
