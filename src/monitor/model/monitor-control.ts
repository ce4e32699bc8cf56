import type { MonitorSource } from '../source/monitor-source.ts';
import type { Control } from './control.ts';
import type { Place } from './place.ts';
import type { PlaceName, Size } from './state.ts';

/** What the monitor needs of the world around it. */
export interface MonitorWorld {
  /** Gives the sentence that says where the text is now. */
  copy(text: string, what: string): string;
  /** Shows a text in the pager; resolves when that is closed. */
  page(text: string): Promise<void>;
  /** Stops the process as `ctrl-z` does, until it is continued. */
  suspend(): Promise<void>;
  quit(): void;
  /** The scripted session. */
  openDemo(): MonitorSource;
}

export interface ControlOptions {
  readonly source: MonitorSource;
  readonly places: Readonly<Record<PlaceName, Place>>;
  readonly world: MonitorWorld;
  readonly size: Size;
  /** A filter that is right. Default: none. */
  readonly filterText?: string;
  /** Default: false. */
  readonly errorsOnly?: boolean;
  /** Default: an hour. */
  readonly windowMs?: number;
}

/** The monitor without a terminal: keys go in, states come out. */
export interface MonitorControl extends Control {
  /** Calls the listener when the state has changed; gives the way to end that. */
  subscribe(listener: () => void): () => void;
  /** One key, by the name that `keyNames` gives it. */
  press(key: string): void;
  /** Text that was pasted. */
  paste(text: string): void;
  resize(size: Size): void;
  /** The time has gone on. */
  tick(): void;
  /** Whether something is shown that changes with the time alone. */
  isCounting(): boolean;
  close(): void;
}
