import { printable } from '../../utils/printable.ts';

/**
 * The beginning of what somebody else wrote, as one line that is safe to print.
 * @param maxCharacters default 200.
 */
export const excerpt = (text: string, maxCharacters = 200): string => {
  const start = text
    .slice(0, maxCharacters * 4)
    .replace(/\s+/g, ' ')
    .trim();
  return printable(start.length > maxCharacters ? `${start.slice(0, maxCharacters)}...` : start);
};
