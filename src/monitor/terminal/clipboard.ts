import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Terminals refuse longer ones; tmux takes no more by default. */
const MOST_CLIPBOARD_BYTES = 74_000;

export interface ClipboardOptions {
  readonly write: (sequence: string) => void;
  /** Where each text is put too, since no terminal says whether it has taken one. Readable by this person alone. */
  readonly file: string;
  /** The file as a person reads it. */
  readonly shownFile: string;
}

/** Copies through the terminal (OSC 52), which works over SSH too. Gives the sentence that says where the text is. */
export const createClipboard =
  ({ write, file, shownFile }: ClipboardOptions) =>
  (text: string, what: string): string => {
    const bytes = Buffer.from(text);
    const isTooLong = bytes.length > MOST_CLIPBOARD_BYTES;
    if (!isTooLong) write(`\u001b]52;c;${bytes.toString('base64')}\u0007`);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
    return isTooLong
      ? `${what} is too long for the clipboard: it is in ${shownFile}`
      : `copied ${what}; also in ${shownFile}`;
  };
