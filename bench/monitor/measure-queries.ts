import { openMonitorReader } from '../../src/store/monitor-reader.ts';
import { quantile } from '../statistics.ts';

export interface QueryFigures {
  readonly name: string;
  readonly medianMs: number;
  readonly p95Ms: number;
}

const RUNS = 25;
const HOUR_MS = 3_600_000;
const WINDOWS = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS } as const;

/** Times what each screen reads. */
export const measureQueries = (stateDir: string): QueryFigures[] => {
  const reader = openMonitorReader(stateDir);
  if (reader === undefined) throw new Error(`there is no log in ${stateDir}`);
  const figures: QueryFigures[] = [];
  const time = (name: string, query: () => unknown): void => {
    const times = Array.from({ length: RUNS }, () => {
      const startedAt = performance.now();
      query();
      return performance.now() - startedAt;
    });
    figures.push({ name, medianMs: quantile(times, 0.5), p95Ms: quantile(times, 0.95) });
  };
  time('calls: the latest 100', () => reader.callPage({ limit: 100 }));
  time('calls: of a server', () => reader.callPage({ limit: 100, servers: ['server_3*'] }));
  time('calls: of a rare tool', () => reader.callPage({ limit: 100, tools: ['*tool_9'] }));
  time('calls: failed', () => reader.callPage({ limit: 100, statuses: ['failed'] }));
  time('calls: a word that none has, one step of the search', () =>
    reader.callPage({ limit: 100, words: ['nowhere'] }),
  );
  time('calls: one, whole', () => reader.call(500_000));
  for (const [name, ms] of Object.entries(WINDOWS)) {
    const window = (): { sinceMs: number } => ({ sinceMs: Date.now() - ms });
    time(`summary, ${name}`, () => reader.summary(window()));
    time(`servers, ${name}`, () => reader.servers(window()));
    time(`tools, ${name}`, () => reader.tools(window()));
    time(`stats, ${name}`, () => reader.stats(window()));
  }
  time('sessions', () => reader.sessions({ limit: 100 }));
  time('the calls of a session', () => reader.sessionCalls(30, 200));
  reader.close();
  return figures;
};
