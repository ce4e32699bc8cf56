import { printable } from '../utils/printable.ts';
import { ago, plural, shortCount, shortDuration } from './format.ts';
import type { ServerStatus } from './server-status.ts';

/** A status in one printable line: `ok, 26 tools, ~4.2k tokens, calls 120 ms, 3 h ago`. */
export const statusText = (status: ServerStatus): string => {
  switch (status.status) {
    case 'ok':
      return ['ok', ...details(status)].join(', ');
    case 'disabled':
      return 'disabled';
    case 'needs_variables':
      return status.reason ?? 'needs variables';
    case 'needs_login':
      return `needs login: ${printable(status.reason ?? '')}`;
    case 'unknown':
      return 'not started yet';
    case 'failed':
    case 'invalid':
      return `${status.status}: ${printable(status.reason ?? 'no reason is known')}`;
  }
};

const details = ({ tools, tokens, latencyMs, lastSeen }: ServerStatus): string[] => [
  ...(tools === undefined ? [] : [plural(tools, 'tool')]),
  ...(tokens === undefined ? [] : [`~${shortCount(tokens)} tokens`]),
  ...(latencyMs === undefined ? [] : [`calls ${shortDuration(latencyMs.p50)}`]),
  ...(lastSeen === undefined ? [] : [ago(Date.parse(lastSeen))]),
];
