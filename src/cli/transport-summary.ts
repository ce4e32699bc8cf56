import type { DeclaredTransport } from '../config/normal-entry.ts';
import { printable } from '../utils/printable.ts';
import { commandLine } from './format.ts';
import { redactArguments, redactTable, redactText, redactUrl } from './redact.ts';

/** A transport as the file declares it, with its secrets hidden; references such as `${VAR}` are shown as they are. */
export const redactTransport = (transport: DeclaredTransport): DeclaredTransport => {
  if (transport.type !== 'stdio') {
    return { ...transport, url: redactUrl(transport.url), headers: redactTable(transport.headers) };
  }
  return {
    ...transport,
    command: redactText(transport.command),
    args: redactArguments(transport.args),
    env: redactTable(transport.env),
  };
};

/** The command line or URL of a transport in one line, printable, with its secrets hidden. */
export const transportLine = (transport: DeclaredTransport): string => {
  const open = redactTransport(transport);
  return open.type === 'stdio' ? commandLine([open.command, ...open.args]) : printable(open.url);
};
