import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { LogConfig } from '../../../src/config/hub-config.ts';
import { createEventBus, type EventBus } from '../../../src/events/bus.ts';
import { type CallLog, type CallLogOptions, openCallLog } from '../../../src/store/call-log.ts';
import { databasePath } from '../../../src/store/database-path.ts';
import { LOG_CONFIG } from './events.ts';

/** A directory that is gone after the test. */
export const temporaryDirectory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'mcp-hub-store-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

export interface LogBench {
  readonly stateDir: string;
  readonly bus: EventBus;
  readonly log: CallLog;
  /** What `onProblem` was told. */
  readonly problems: readonly string[];
}

/** A log on a bus of its own; it is closed after the test. */
export const openLogBench = (
  over: Partial<LogConfig> = {},
  options: Partial<CallLogOptions> & { stateDir?: string } = {},
): LogBench => {
  const stateDir = options.stateDir ?? join(temporaryDirectory(), 'state', 'mcp-hub');
  const bus = createEventBus((error) => {
    throw error;
  });
  const problems: string[] = [];
  const log = openCallLog({
    onProblem: (message) => problems.push(message),
    ...options,
    stateDir,
    bus,
    config: { ...LOG_CONFIG, ...over },
  });
  onTestFinished(() => log.close());
  return { stateDir, bus, log, problems };
};

/** Rows of a query, straight from the file. */
export const query = <T>(stateDir: string, sql: string, ...values: unknown[]): T[] => {
  const database = new Database(databasePath(stateDir), { readonly: true });
  try {
    return database.prepare<unknown[], T>(sql).all(...values);
  } finally {
    database.close();
  }
};

/** Every byte that lies in a directory. */
export const bytesOf = (directory: string): Buffer =>
  Buffer.concat(
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(directory, entry.name))),
  );
