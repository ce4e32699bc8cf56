import type { CallRow } from '../../store/log-reader.ts';
import type { Term } from '../filter/parse-filter.ts';
import type {
  CallDetail,
  MonitorAction,
  Overview,
  ServerDetail,
  ServerView,
  SessionView,
  StatsView,
  ToolView,
} from '../source/monitor-source.ts';

/** Where a person can be: five screens, and what opens from them. */
export type PlaceName = 'calls' | 'servers' | 'tools' | 'stats' | 'sessions' | 'call' | 'server' | 'session';

export const SCREENS = ['calls', 'servers', 'tools', 'stats', 'sessions'] as const satisfies readonly PlaceName[];

export type ScreenName = (typeof SCREENS)[number];

/** Of the terminal, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What tells one row of a list from the others, however the list changes. */
export type RowKey = string | number;

/** The chosen row of a list, and the first that is seen. */
export interface Cursor {
  readonly key?: RowKey;
  readonly top: number;
}

/** What is typed at the bottom of the screen. */
export interface Prompt {
  readonly kind: 'filter' | 'command';
  readonly text: string;
  /** Characters before the cursor. */
  readonly at: number;
  /** The filter that comes back with `esc`. */
  readonly before: string;
  /** What is wrong with the text. */
  readonly problem?: string;
}

/** Asked before anything acts. */
export interface Question {
  readonly text: string;
  readonly action: MonitorAction;
}

export interface Toast {
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'plain';
  /** When it goes, by the clock of the source. */
  readonly until: number;
}

export interface Sort {
  readonly column: string;
  readonly isReversed: boolean;
}

/** All that a frame is made of. */
export interface MonitorState {
  readonly size: Size;
  readonly now: number;
  /** The last is where the person is; `esc` goes back. */
  readonly path: readonly [ScreenName, ...PlaceName[]];
  readonly windowMs: number;
  readonly filterText: string;
  readonly terms: readonly Term[];
  readonly errorsOnly: boolean;
  readonly isFollowing: boolean;
  readonly isPaused: boolean;
  /** Whether the chosen call is shown beside or below the list, where there is room. */
  readonly hasPane: boolean;
  readonly cursors: Readonly<Partial<Record<PlaceName, Cursor>>>;
  readonly label?: string;
  readonly trouble?: string;
  readonly overview?: Overview;
  readonly calls: readonly CallRow[];
  /** Calls of a lower `id` may match too and have not been looked at; 0: there are none. */
  readonly olderThan: number;
  readonly hasNewer: boolean;
  /** From how many milliseconds on a running call is late, by its `id`. */
  readonly lateAfterMs: ReadonlyMap<number, number>;
  readonly shownCall?: CallDetail;
  readonly folds: ReadonlySet<string>;
  readonly servers: readonly ServerView[];
  readonly shownServer?: ServerDetail;
  readonly tools: readonly ToolView[];
  readonly toolSort: Sort;
  readonly stats?: StatsView;
  readonly sessions: readonly SessionView[];
  readonly shownSession?: { readonly session: SessionView; readonly calls: readonly CallRow[] };
  /** Whether the axis of a session leaves out the waits between calls. */
  readonly cutsWaits: boolean;
  readonly prompt?: Prompt;
  readonly question?: Question;
  readonly isSorting: boolean;
  /** The first line of the help that is seen; absent: no help is shown. */
  readonly helpTop?: number;
  readonly toast?: Toast;
}

/** The lengths of time that `t` goes through. */
export const WINDOWS_MS = [300_000, 3_600_000, 86_400_000, 604_800_000] as const;

/** The place where the person is. */
export const placeOf = ({ path }: MonitorState): PlaceName => path.at(-1) ?? 'calls';

export const screenOf = ({ path }: MonitorState): ScreenName => path[0];

export const cursorOf = (state: MonitorState, place: PlaceName = placeOf(state)): Cursor =>
  state.cursors[place] ?? { top: 0 };

/** The smallest terminal that the screens fit into. */
export const LEAST_SIZE: Size = { columns: 60, rows: 12 };

export const isTooSmall = ({ size }: MonitorState): boolean =>
  size.columns < LEAST_SIZE.columns || size.rows < LEAST_SIZE.rows;

export interface InitialOptions {
  readonly size: Size;
  readonly now: number;
  readonly filterText: string;
  readonly terms: readonly Term[];
  readonly errorsOnly: boolean;
  readonly windowMs: number;
  readonly label?: string | undefined;
}

export const initialState = ({ label, ...options }: InitialOptions): MonitorState => ({
  ...options,
  ...(label === undefined ? {} : { label }),
  path: ['calls'],
  isFollowing: true,
  isPaused: false,
  hasPane: true,
  cursors: {},
  calls: [],
  olderThan: 0,
  hasNewer: false,
  lateAfterMs: new Map(),
  folds: new Set(),
  servers: [],
  tools: [],
  toolSort: { column: 'calls', isReversed: false },
  sessions: [],
  cutsWaits: true,
  isSorting: false,
});
