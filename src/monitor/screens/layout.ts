import type { MonitorState } from '../model/state.ts';
import { headRows } from './head.ts';

/** Lines below what a place shows: the line of keys. */
const KEY_ROWS = 1;

/** How the screen of calls is divided. */
export interface CallsLayout {
  /** Cells of the list. */
  readonly listColumns: number;
  /** Lines of calls. */
  readonly listRows: number;
  /** Where the chosen call is shown. */
  readonly pane: 'none' | 'below' | 'beside';
  readonly paneColumns: number;
  readonly paneRows: number;
}

const SUMMARY_AND_HEADING_ROWS = 2;
const BESIDE_FROM_COLUMNS = 120;
const BELOW_FROM_COLUMNS = 80;
const BELOW_FROM_ROWS = 20;

export const callsLayout = (state: MonitorState): CallsLayout => {
  const { size, hasPane, calls } = state;
  const rows = bodyRows(state) - SUMMARY_AND_HEADING_ROWS;
  const whole = { listColumns: size.columns, listRows: rows, pane: 'none', paneColumns: 0, paneRows: 0 } as const;
  if (!hasPane || calls.length === 0) return whole;
  if (size.columns >= BESIDE_FROM_COLUMNS) {
    const paneColumns = Math.floor(size.columns * 0.38);
    return { listColumns: size.columns - paneColumns, listRows: rows, pane: 'beside', paneColumns, paneRows: rows + 1 };
  }
  if (size.columns < BELOW_FROM_COLUMNS || size.rows < BELOW_FROM_ROWS) return whole;
  const paneRows = Math.min(12, Math.floor(rows * 0.45));
  return { listColumns: size.columns, listRows: rows - paneRows, pane: 'below', paneColumns: size.columns, paneRows };
};

/** Lines between the head and the line of keys. */
export const bodyRows = (state: MonitorState): number => state.size.rows - headRows(state) - KEY_ROWS;

/** Lines of a list that has so many lines above it. */
export const listRowsOf = (state: MonitorState, above: number): number => bodyRows(state) - above;
