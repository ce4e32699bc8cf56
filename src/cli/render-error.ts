import { ERROR_CODES } from '../errors/codes.ts';
import { HubError } from '../errors/hub-error.ts';
import { printable } from '../utils/printable.ts';
import { jsonText } from './json-text.ts';

export interface RenderErrorOptions {
  /** The command was asked for JSON: the error is one object, meant for standard output. Default false. */
  readonly json?: boolean;
  /** Adds the stack and the causes. Default false. */
  readonly debug?: boolean;
}

export interface RenderedError {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** The one place where an error becomes text and an exit code: what failed, why, and what to do. */
export const renderError = (thrown: unknown, options: RenderErrorOptions = {}): RenderedError => {
  const error = HubError.from(thrown);
  const exitCode = ERROR_CODES[error.code].exit;
  const debug = options.debug === true ? debugText(thrown) : '';
  if (options.json === true) return { stdout: jsonText(errorObject(error)), stderr: debug, exitCode };
  if (error.code === 'CANCELLED') return { stdout: '', stderr: debug, exitCode };
  const hint =
    error.hint === ''
      ? ''
      : error.hint
          .split('\n')
          .map((line) => `  hint: ${printable(line)}\n`)
          .join('');
  return { stdout: '', stderr: `error: ${printable(error.message)}\n${hint}${debug}`, exitCode };
};

const errorObject = (error: HubError): object => ({
  schemaVersion: 1,
  error: {
    code: error.code,
    message: error.message,
    ...(error.hint === '' ? {} : { hint: error.hint }),
    ...(error.upstream === undefined ? {} : { server: error.upstream }),
  },
});

const debugText = (thrown: unknown): string => {
  const lines: string[] = [];
  for (
    let cause = thrown;
    cause !== undefined && lines.length < 10;
    cause = cause instanceof Error ? cause.cause : undefined
  )
    lines.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
  return `${printable(lines.join('\ncaused by: '), { keepLineBreaks: true })}\n`;
};
