export interface PrintableOptions {
  /** Whether line feeds stay as they are; everything else is escaped all the same. Default: false. */
  readonly keepLineBreaks?: boolean;
}

/**
 * Control characters (C0, C1, DEL), line and paragraph separators, format characters (bidi overrides, soft hyphen), all
 * that Unicode lets a terminal leave out (zero width, fillers, variation selectors, tags), and halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}]/gu;

/**
 * Makes text of others safe for a terminal: what has no shape of its own, or steers the terminal, becomes an escape such
 * as `\u001b` or `\u{e0041}`. The result is one line, whatever comes in.
 */
export const printable = (text: string, options: PrintableOptions = {}): string =>
  text.replace(UNPRINTABLE, (character) =>
    character === '\n' && options.keepLineBreaks === true ? character : escaped(character),
  );

/** Makes JSON text without line breaks safe for a terminal; it means the same as before. */
export const printableJson = (json: string): string =>
  json.replace(UNPRINTABLE, (character) => character.split('').map(escaped).join(''));

const escaped = (character: string): string => {
  const code = character.codePointAt(0) as number;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
};
