import { stateDirectory } from '../../config/state-directory.ts';
import { httpToken } from '../../hub/http-token.ts';
import { printable } from '../../utils/printable.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { shortPath } from '../format.ts';
import { jsonText } from '../json-text.ts';

export interface TokenFlags {
  readonly rotate: boolean;
  readonly json?: boolean;
}

/** `token`: prints the bearer token for HTTP clients, and nothing else, on standard output. */
export const runToken = (context: CliContext, { rotate, json }: TokenFlags): number => {
  const { token, file } = httpToken(stateDirectory(context.env), { rotate });
  if (json === true) context.out(jsonText({ schemaVersion: 1, token, file }));
  else {
    context.out(`${token}\n`);
    if (rotate) context.err(`The old token is worth nothing now: give this one to your clients.\n`);
    if (context.isTerminal)
      context.err(
        `Clients send it as "Authorization: Bearer ...". Kept in ${printable(shortPath(file, context.env))}\n`,
      );
  }
  return EXIT.ok;
};
