import type { Line } from '../text/line.ts';
import type { Theme } from '../text/theme.ts';
import type { Binding } from './binding.ts';
import type { Control } from './control.ts';
import type { MonitorState, RowKey } from './state.ts';

/** One place of the monitor: what it reads, what its keys do, and how it looks. */
export interface Place {
  /** Reads what it shows. Runs when the place is entered, and whenever something may have changed. */
  load(control: Control): void;
  /** The rows that the cursor goes over, in their order. */
  keys(state: MonitorState): readonly RowKey[];
  /** How many of them are seen at once. */
  rows(state: MonitorState): number;
  /** Everything between the title and the last line; what is missing below is filled with blank lines. */
  view(state: MonitorState, theme: Theme): readonly Line[];
  readonly bindings: readonly Binding[];
  /** Runs after the cursor has moved. */
  moved?(control: Control): void;
}
