import { createFifo } from '../utils/fifo.ts';
import { type LogRow, rowBytes, withoutPayload } from './log-rows.ts';

export interface LogQueueOptions {
  /** Most rows that wait. Default: 100 000. */
  readonly maxRows?: number;
  /** Most memory that waiting rows take, about. Default: 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * Rows that wait to be written, in bounded memory. Where there are too many bytes the payloads go first, from the oldest
 * on; then, and where there are too many rows, the oldest rows go, and are counted. Who the hub and its clients are goes
 * before everything else, so that no call is written without its client.
 */
export interface LogQueue {
  readonly size: number;
  /** Rows that wait, and rows that were lost and have not been counted yet. */
  readonly pending: number;
  /** The most memory that waiting rows take, about. */
  readonly bytes: number;
  /** How full it is, of rows or of bytes: 0 to 1. */
  readonly fill: number;
  push(row: LogRow): void;
  /** Takes out the first rows: `maxRows` and `maxBytes` at most, but one where there is one. */
  take(maxRows: number, maxBytes: number): LogRow[];
  /** How many rows have been lost since this was last asked. */
  takeLost(): number;
  /** Counts rows that were lost elsewhere. */
  addLost(count: number): void;
}

export const createLogQueue = ({ maxRows = 100_000, maxBytes = 64 * 1024 * 1024 }: LogQueueOptions = {}): LogQueue => {
  const identities: LogRow[] = [];
  const rows = createFifo<LogRow>();
  let bytes = 0;
  let lost = 0;
  /** So many of the first rows have no payload any more. */
  let stripped = 0;

  const stripOne = (): void => {
    const row = rows.at(stripped) as LogRow;
    const bare = withoutPayload(row);
    if (bare !== undefined) {
      rows.replace(stripped, bare);
      bytes += rowBytes(bare) - rowBytes(row);
    }
    stripped += 1;
  };
  const takeOne = (): LogRow | undefined => {
    if (identities.length > 0) return identities.shift();
    stripped = Math.max(0, stripped - 1);
    return rows.shift();
  };
  const loseOne = (): void => {
    const row = rows.shift() ?? identities.shift();
    if (row === undefined) return;
    bytes -= rowBytes(row);
    stripped = Math.max(0, stripped - 1);
    lost += 1;
  };
  const size = (): number => identities.length + rows.size;
  return {
    get size() {
      return size();
    },
    get pending() {
      return size() + lost;
    },
    get bytes() {
      return bytes;
    },
    get fill() {
      return Math.max(size() / maxRows, bytes / maxBytes);
    },
    push(row) {
      if (isIdentity(row)) identities.push(row);
      else rows.push(row);
      bytes += rowBytes(row);
      while (bytes > maxBytes && stripped < rows.size) stripOne();
      while ((bytes > maxBytes || size() > maxRows) && size() > 0) loseOne();
    },
    take(most, mostBytes) {
      const taken: LogRow[] = [];
      let takenBytes = 0;
      while (taken.length < most && (taken.length === 0 || takenBytes < mostBytes)) {
        const row = takeOne();
        if (row === undefined) break;
        taken.push(row);
        takenBytes += rowBytes(row);
      }
      bytes -= takenBytes;
      return taken;
    },
    takeLost() {
      const count = lost;
      lost = 0;
      return count;
    },
    addLost(count) {
      lost += count;
    },
  };
};

const isIdentity = (row: LogRow): boolean => row.type === 'hub.started' || row.type === 'client.connected';
