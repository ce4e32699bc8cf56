import { printableJson } from '../utils/printable.ts';

/**
 * A value as JSON with a line end, in one line unless `indent` is given. What would steer a terminal is escaped, so that it
 * means the same to a program and nothing to a terminal.
 */
export const jsonText = (value: unknown, indent?: number): string =>
  `${JSON.stringify(value, null, indent).split('\n').map(printableJson).join('\n')}\n`;
