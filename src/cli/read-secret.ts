import type { ReadStream } from 'node:tty';
import { HubError } from '../errors/hub-error.ts';
import { usage } from './cli-errors.ts';
import type { CliContext } from './context.ts';

/** What is longer is no value of a variable. */
const MAX_SECRET_BYTES = 64 * 1024;

/**
 * A secret of the person: from a pipe on standard input, without the line end that `echo` puts there, or typed in a terminal
 * without being shown.
 * @throws HubError USAGE for none, CANCELLED for Ctrl-C
 */
export const readSecret = async (context: CliContext, what: string): Promise<string> => {
  const secret = context.stdin.isTTY ? await readHidden(context, what) : await readPiped(context);
  if (secret === '')
    throw usage('the value is empty', `like this: mcp-hub secret set ${what} < file, or type it when asked`);
  if (Buffer.byteLength(secret) > MAX_SECRET_BYTES || secret.includes('\0'))
    throw usage('the value is no text of at most 64 KiB', 'refer to a file instead, by its path');
  return secret;
};

const readPiped = async ({ stdin }: CliContext): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as string | Uint8Array);
    length += bytes.length;
    chunks.push(bytes);
    if (length > MAX_SECRET_BYTES + 2) break;
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
};

/** Keys as a terminal sends them while it shows nothing. */
const KEY = { enter: '\r', lineFeed: '\n', interrupt: '\u0003', end: '\u0004', backspace: '\u0008', delete: '\u007f' };

const readHidden = async ({ stdin, err }: CliContext, what: string): Promise<string> => {
  const terminal = stdin as ReadStream;
  err(`Value of ${what} (it is not shown): `);
  terminal.setRawMode(true);
  terminal.setEncoding('utf8');
  let typed = '';
  try {
    for await (const chunk of terminal.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      for (const key of chunk) {
        if (key === KEY.enter || key === KEY.lineFeed || (key === KEY.end && typed !== '')) return typed;
        if (key === KEY.interrupt || key === KEY.end) throw new HubError('CANCELLED', 'interrupted');
        if (key === KEY.backspace || key === KEY.delete) typed = typed.slice(0, -1);
        else if (key >= ' ') typed += key;
      }
    }
    return typed;
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
    err('\n');
  }
};
