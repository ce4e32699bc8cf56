import type { CallRow } from '../store/log-reader.ts';
import { printable } from '../utils/printable.ts';

type Cell = string | number | boolean | undefined;

const COLUMNS: Readonly<Record<string, (call: CallRow) => Cell>> = {
  id: (call) => call.id,
  callId: (call) => call.callId,
  runId: (call) => call.runId,
  startedAt: (call) => new Date(call.startedAt).toISOString(),
  client: (call) => call.client,
  clientVersion: (call) => call.clientVersion,
  clientId: (call) => call.clientId,
  transport: (call) => call.transport,
  era: (call) => call.era,
  protocolVersion: (call) => call.protocolVersion,
  server: (call) => call.upstream,
  method: (call) => call.method,
  qualifiedName: (call) => call.qualifiedName,
  ownName: (call) => call.ownName,
  outcome: (call) => call.outcome,
  durationMs: (call) => call.durationMs,
  hubMs: (call) => call.hubMs,
  upstreamMs: (call) => call.upstreamMs,
  errorCode: (call) => call.errorCode,
  errorMessage: (call) => call.errorMessage,
  bytesIn: (call) => call.bytesIn,
  bytesOut: (call) => call.bytesOut,
  requestCut: (call) => call.isRequestCut,
  resultCut: (call) => call.isResultCut,
  request: (call) => call.request,
  result: (call) => call.result,
};

/** The first record: the names of the columns. */
export const csvHeading = (): string => recordOf(Object.keys(COLUMNS));

/**
 * One call as a record of RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe before it
 * (https://owasp.org/www-community/attacks/CSV_Injection); numbers stay numbers.
 * @param isForTerminal whether what would steer a terminal is escaped. Default: false.
 */
export const csvRecord = (call: CallRow, isForTerminal = false): string =>
  recordOf(
    Object.values(COLUMNS).map((read) => {
      const cell = read(call);
      if (typeof cell !== 'string') return String(cell ?? '');
      return withoutFormula(isForTerminal ? printable(cell) : cell);
    }),
  );

const recordOf = (fields: readonly string[]): string => `${fields.map(quoted).join(',')}\r\n`;

const quoted = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/** Spreadsheets skip spaces before a formula, and take the wide forms of the signs for the signs. */
const FORMULA = /^\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

const withoutFormula = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);
