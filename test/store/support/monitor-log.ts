import { onTestFinished } from 'vitest';
import type { LogConfig } from '../../../src/config/hub-config.ts';
import { type MonitorReader, openMonitorReader } from '../../../src/store/monitor-reader.ts';
import { callFinished, callStarted, clientConnected, hubStarted } from './events.ts';
import { type LogBench, openLogBench } from './log-bench.ts';

export interface MonitorLog extends LogBench {
  /** When the first call began. */
  readonly start: number;
  /** Opened anew, after everything has been written. */
  read(): Promise<MonitorReader>;
}

/** Minutes into the log, upstream, tool, client, outcome, duration; no outcome: in flight. */
export type ToldCall = [minute: number, upstream: string, tool: string, client: string, outcome?: string, ms?: number];

/** One of each kind: short and long, good and bad, and one in flight. */
export const SIX_CALLS: readonly ToldCall[] = [
  [0, 'github', 'search_issues', 'cursor', 'ok', 40],
  [1, 'github', 'create_issue', 'claude', 'tool_error', 300],
  [2, 'docs', 'read_page', 'claude', 'ok', 2500],
  [3, 'docs', 'read_page', 'cursor', 'timeout', 60_000],
  [4, 'postgres', 'query', 'cursor', 'ok', 7],
  [5, 'postgres', 'query', 'claude'],
];

/** A log of calls that have been told of, the last one a minute ago; each is named by its place: c0, c1. */
export const openMonitorLog = (calls: readonly ToldCall[], over: Partial<LogConfig> = {}): MonitorLog => {
  const bench = openLogBench(over);
  const { bus, log, stateDir } = bench;
  const lastMinute = Math.max(0, ...calls.map(([minute]) => minute));
  const start = Math.floor(Date.now() / 60_000) * 60_000 - (lastMinute + 1) * 60_000;
  bus.emit(hubStarted());
  for (const client of new Set(calls.map(([, , , name]) => name))) bus.emit(clientConnected(`id-${client}`, client));
  for (const [index, [minute, upstream, tool, client, outcome, ms = 10]] of calls.entries()) {
    const names = { upstream, qualifiedName: `${upstream}__${tool}`, ownName: tool, clientId: `id-${client}` };
    bus.emit(callStarted(`c${index}`, { startedAt: start + minute * 60_000 + index, ...names }));
    if (outcome === undefined) continue;
    const message = outcome === 'ok' ? {} : { errorCode: -32603, errorMessage: `${tool} failed: ${outcome}` };
    bus.emit(callFinished(`c${index}`, { outcome: outcome as 'ok', durationMs: ms, ...message }));
  }
  return {
    ...bench,
    start,
    async read() {
      await log.flush();
      const reader = openMonitorReader(stateDir);
      if (reader === undefined) throw new Error('there is no log');
      onTestFinished(() => reader.close());
      return reader;
    },
  };
};
