/*
 * Measures what the monitor reads of a long log: `npm run bench -- monitor`. It makes a log of a million calls and times the
 * query of each screen.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineText, thisMachine } from '../machine.ts';
import { figure, renderTable } from '../table.ts';
import { makeLog } from './make-log.ts';
import { measureQueries } from './measure-queries.ts';

const FORTNIGHT_MS = 14 * 24 * 3_600_000;
const CALLS = 1_000_000;

export const benchMonitor = (): void => {
  const stateDir = mkdtempSync(join(tmpdir(), 'mcp-hub-bench-monitor-'));
  process.on('exit', () => rmSync(stateDir, { recursive: true, force: true }));
  process.stderr.write(`making a log of ${CALLS} calls\n`);
  makeLog(stateDir, { calls: CALLS, spanMs: FORTNIGHT_MS });
  const rows = measureQueries(stateDir).map(({ name, medianMs, p95Ms }) => [name, figure(medianMs), figure(p95Ms)]);
  process.stdout.write(
    `Taken on ${machineText(thisMachine())}, on a log of a million calls of eighty tools in a fortnight.\n\n`,
  );
  process.stdout.write(`${renderTable(['query', 'median ms', '95 % ms'], rows)}\n`);
};
