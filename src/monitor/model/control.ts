import type { MonitorAction, MonitorSource } from '../source/monitor-source.ts';
import type { MonitorState, PlaceName, RowKey, ScreenName, Toast } from './state.ts';

/** What comes and goes. */
export type Clearable = 'prompt' | 'question' | 'helpTop' | 'toast' | 'trouble' | 'shownCall' | 'shownServer';

/** What a key may do. */
export interface Control {
  state(): MonitorState;
  set(changes: Partial<MonitorState>): void;
  /** Takes members away. */
  clear(...members: readonly Clearable[]): void;
  readonly source: MonitorSource;
  /** Says something at the bottom for a few seconds. */
  say(text: string, tone?: Toast['tone']): void;
  /** Goes to a screen. */
  show(screen: ScreenName): void;
  /** Opens a place from where the person is. */
  open(place: PlaceName): void;
  /** Goes back; from a screen it ends the monitor. */
  back(): void;
  /** Reads again what is shown. */
  reload(): void;
  /** Puts the cursor on a row. */
  select(key: RowKey | undefined): void;
  /** Sets the filter of calls; it is right already. */
  filter(text: string): void;
  /** Asks before it acts, unless `isHarmless`. */
  request(action: MonitorAction, question: string, isHarmless?: boolean): void;
  /** Does what the person has agreed to, and says how it went. */
  act(action: MonitorAction): void;
  /** Copies a text to the clipboard of the terminal. */
  copy(text: string, what: string): void;
  /** Shows a text in the person's pager. */
  page(text: string): void;
  /** Watches a scripted session from here on. */
  demo(): void;
  suspend(): void;
  quit(): void;
}
