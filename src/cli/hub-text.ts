import type { HubStatus, LiveUpstream } from '../hub/control/messages.ts';
import { printable } from '../utils/printable.ts';
import { ago, columns, plural, shortDuration, shortPath } from './format.ts';

/** A hub that runs, for a person: itself, its clients, its servers, and its longest calls. */
export const hubText = (hub: HubStatus, env: NodeJS.ProcessEnv, now = Date.now()): string => {
  const { pid, version, startedAt, configFiles, clients, upstreams, calls, callCount } = hub;
  const names = clients.map(({ name, version: its }) => printable(`${name} ${its}`.trim()));
  const lines = [
    `hub ${pid}, mcp-hub ${version}, started ${ago(startedAt, now)}`,
    `  clients: ${names.length === 0 ? 'none' : names.join(', ')}`,
    `  configuration: ${configFiles.map((file) => printable(shortPath(file, env))).join(', ') || 'none'}`,
  ];
  if (upstreams.length > 0)
    lines.push(columns([HEADINGS, ...upstreams.map((each) => cells(each, now))], '  ').trimEnd());
  for (const { name, state, reason } of upstreams)
    if ((state === 'backing_off' || state === 'degraded') && reason !== undefined)
      lines.push(`  ${printable(name)}: ${printable(reason)}`);
  if (callCount > 0) lines.push(`  ${plural(callCount, 'call')} in flight:`);
  for (const { method, name, client, startedAt: since } of calls.slice(0, MOST_CALLS)) {
    const from = client === undefined ? '' : ` from ${printable(client)}`;
    lines.push(`    ${printable(name ?? method)}${from}, for ${shortDuration(Math.max(0, now - since))}`);
  }
  return `${lines.join('\n')}\n`;
};

const MOST_CALLS = 10;

const HEADINGS = ['SERVER', 'STATE', 'SINCE', 'ERA', 'PID', 'TOOLS', 'CALLS'];

const cells = ({ name, state, stateAt, era, pid, tools, calls, breaker }: LiveUpstream, now: number): string[] => [
  printable(name),
  breaker === 'closed' ? state : `${state}, breaker ${breaker}`,
  stateAt === undefined ? '-' : ago(stateAt, now),
  era ?? '-',
  pid === undefined ? '-' : String(pid),
  tools === undefined ? '-' : String(tools),
  String(calls),
];
