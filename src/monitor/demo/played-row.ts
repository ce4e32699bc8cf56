import type { CallRow } from '../../store/log-reader.ts';
import type { StderrLine } from '../source/monitor-source.ts';
import { DEMO_CLIENTS } from './cast/clients.ts';
import type { PlayedCall } from './script.ts';

/** A call of the play as the log would have it at a time. */
export const playedRow = (played: PlayedCall, id: number, startOfDemo: number, now: number): CallRow => {
  const { tool, tookMs } = played;
  const client = DEMO_CLIENTS.find((each) => each.id === played.client) ?? DEMO_CLIENTS[0];
  const startedAt = startOfDemo + played.at;
  const isRunning = startedAt + tookMs > now;
  const hubMs = 0.2 + (id % 7) * 0.05;
  return {
    id,
    callId: `demo-${id}`,
    runId: 'demo',
    client: client.name,
    clientVersion: client.version,
    clientId: client.id,
    transport: 'stdio',
    era: client.era,
    protocolVersion: client.protocolVersion,
    upstream: tool.server,
    method: 'tools/call',
    qualifiedName: `${tool.server}__${tool.name}`,
    ownName: tool.name,
    startedAt,
    bytesIn: requestOf(played).length + 80,
    isRequestCut: false,
    isResultCut: false,
    ...(isRunning
      ? { outcome: 'running' as const }
      : {
          ...endOf(played),
          durationMs: tookMs,
          hubMs,
          upstreamMs: Math.max(0, tookMs - hubMs),
          bytesOut: resultOf(played).length + 40 + Math.round((tool.usualMs * 13) % 3_700),
        }),
  };
};

/** With what the log keeps of the payloads. */
export const withPayloads = (row: CallRow, played: PlayedCall): CallRow => ({
  ...row,
  request: requestOf(played),
  ...(row.outcome === 'running' ? {} : { result: resultOf(played) }),
});

/** What a server of the play says on standard error about a call. */
export const stderrOf = (played: PlayedCall, startOfDemo: number, now: number): StderrLine[] => {
  const { tool, tookMs } = played;
  const begin = startOfDemo + played.at + 1;
  const end = startOfDemo + played.at + tookMs;
  const lines = [
    { at: begin, text: `[${tool.server}] tools/call ${tool.name}` },
    played.end === undefined
      ? {
          at: end,
          text: `[${tool.server}] ${tool.name} ${played.isFailed ? 'failed' : 'done'} in ${Math.round(tookMs)} ms`,
        }
      : { at: end, text: 'psycopg.OperationalError: server closed the connection unexpectedly' },
  ];
  return lines.filter(({ at }) => at <= now);
};

const endOf = ({ isFailed, end, tool }: PlayedCall): Pick<CallRow, 'outcome' | 'errorMessage' | 'errorCode'> => {
  if (end !== undefined) return { outcome: end.outcome, errorMessage: end.text, errorCode: -31011 };
  if (!isFailed || tool.failure === undefined) return { outcome: 'ok' };
  return { outcome: tool.failure.outcome, errorMessage: tool.failure.text };
};

const requestOf = ({ tool, variant }: PlayedCall): string =>
  JSON.stringify({ name: tool.name, arguments: tool.arguments[variant % tool.arguments.length] ?? {} });

const resultOf = ({ tool, isFailed, end }: PlayedCall): string => {
  if (end !== undefined) return JSON.stringify({ code: -31011, message: end.text });
  if (isFailed && tool.failure !== undefined)
    return JSON.stringify({ content: [{ type: 'text', text: tool.failure.text }], isError: true });
  const text = typeof tool.answer === 'string' ? tool.answer : JSON.stringify(tool.answer);
  return JSON.stringify({ content: [{ type: 'text', text }], isError: false });
};
