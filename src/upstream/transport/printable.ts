const CONTROL = /[\p{C}\p{Zl}\p{Zp}]+/gu;

/**
 * The first characters of what somebody else wrote, safe to print: control characters, escape sequences and marks that
 * change the direction of text are gone, line ends are blanks.
 * @param maxCharacters default 200.
 */
export const printable = (text: string, maxCharacters = 200): string => {
  const clean = text
    .slice(0, maxCharacters * 4)
    .replace(CONTROL, ' ')
    .trim();
  return clean.length > maxCharacters ? `${clean.slice(0, maxCharacters)}...` : clean;
};
