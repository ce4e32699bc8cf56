/** From the most to the least verbose, RFC 5424 section 6.2.1. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const isLogLevel = (level: unknown): level is LogLevel => (LOG_LEVELS as readonly unknown[]).includes(level);

/** Whether a message of a level is wanted by somebody who asked for `wanted` and above. A level that is not known is. */
export const isWanted = (level: unknown, wanted: LogLevel): boolean =>
  !isLogLevel(level) || LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(wanted);

/** The most verbose of some levels; undefined of none. */
export const mostVerbose = (levels: Iterable<LogLevel>): LogLevel | undefined =>
  [...levels].sort((one, other) => LOG_LEVELS.indexOf(one) - LOG_LEVELS.indexOf(other))[0];
