import { HubError } from '../../errors/hub-error.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import type { MonitorAction, MonitorSource } from '../source/monitor-source.ts';
import { findBinding } from './binding.ts';
import { isSearching, searchOn } from './call-list.ts';
import { COMMON_BINDINGS } from './common-bindings.ts';
import type { Clearable, Control } from './control.ts';
import { indexOf, inSight, moved } from './cursor.ts';
import { helpKey } from './help-keys.ts';
import type { Place } from './place.ts';
import { promptKey, promptPaste } from './prompt-keys.ts';
import {
  cursorOf,
  initialState,
  isTooSmall,
  type MonitorState,
  type PlaceName,
  placeOf,
  type Size,
  type Toast,
} from './state.ts';
import { sortKey } from './tool-sort.ts';

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

const HOUR_MS = 3_600_000;
const TOAST_MS = 5_000;

export const createControl = (options: ControlOptions): MonitorControl => {
  const { places, world } = options;
  const listeners = new Set<() => void>();
  let source = options.source;
  let state = initialState({
    size: options.size,
    now: source.now(),
    filterText: options.filterText ?? '',
    terms: parseFilter(options.filterText ?? ''),
    errorsOnly: options.errorsOnly ?? false,
    windowMs: options.windowMs ?? HOUR_MS,
    label: source.label,
  });

  const place = (): Place => places[placeOf(state)];
  const set = (changes: Partial<MonitorState>): void => {
    state = { ...state, ...changes };
    const keys = place().keys(state);
    const name = placeOf(state);
    const cursor = inSight(cursorOf(state), keys, Math.max(1, place().rows(state)));
    state = { ...state, cursors: { ...state.cursors, [name]: cursor } };
    for (const listener of listeners) listener();
  };
  const say = (text: string, tone: Toast['tone'] = 'plain'): void =>
    set({ toast: { text, tone, until: source.now() + TOAST_MS } });
  const saying = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      set({ trouble: sentenceOf(error) });
    }
  };
  const reload = (): void =>
    saying(() => {
      const trouble = source.trouble();
      state = { ...without(state, ['trouble']), now: source.now(), ...(trouble === undefined ? {} : { trouble }) };
      place().load(control);
    });
  const act = async (action: MonitorAction): Promise<void> => {
    try {
      say(await source.act(action), 'good');
      reload();
    } catch (error) {
      say(sentenceOf(error), 'bad');
    }
  };
  const whileAway = async (visit: Promise<void>): Promise<void> => {
    try {
      await visit;
    } catch (error) {
      say(sentenceOf(error), 'bad');
    }
    reload();
  };

  let unsubscribe = source.subscribe(() => changed());
  const changed = (): void => {
    if (!state.isPaused) reload();
  };

  const control: MonitorControl = {
    state: () => state,
    set,
    clear: (...members) => {
      state = without(state, members);
      set({});
    },
    get source() {
      return source;
    },
    say,
    show: (screen) => {
      state = { ...state, path: [screen], isSorting: false };
      reload();
    },
    open: (name) => {
      const { [name]: _, ...cursors } = state.cursors;
      state = { ...state, path: [...state.path, name], cursors, isSorting: false };
      reload();
    },
    back: () => {
      const [screen, ...opened] = state.path;
      if (opened.length === 0) return world.quit();
      state = { ...state, path: [screen, ...opened.slice(0, -1)] };
      reload();
    },
    reload,
    select: (key) => {
      if (key === undefined) return;
      set({ cursors: { ...state.cursors, [placeOf(state)]: { key, top: cursorOf(state).top } } });
      saying(() => place().moved?.(control));
    },
    filter: (text) => {
      state = {
        ...without(state, ['shownCall']),
        filterText: text,
        terms: parseFilter(text),
        calls: [],
        hasNewer: false,
      };
      reload();
    },
    request: (action, question, isHarmless = false) => {
      const reason = source.reasonAgainst(action);
      if (reason !== undefined) return say(`${action.kind}: ${reason}`, 'bad');
      if (isHarmless) return void act(action);
      set({ question: { text: question, action } });
    },
    copy: (text, what) => {
      try {
        say(world.copy(text, what), 'good');
      } catch (error) {
        say(`${what} could not be copied: ${sentenceOf(error)}`, 'bad');
      }
    },
    page: (text) => void whileAway(world.page(text)),
    demo: () => {
      unsubscribe();
      source.close();
      source = world.openDemo();
      unsubscribe = source.subscribe(() => changed());
      state = {
        ...initialState({ ...state, filterText: '', terms: [], now: source.now(), label: source.label }),
      };
      reload();
    },
    suspend: () => void whileAway(world.suspend()),
    quit: () => world.quit(),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    press: (key) => saying(() => press(key)),
    paste: (text) => {
      if (state.prompt !== undefined) promptPaste(control, text);
    },
    resize: (size) => set({ size }),
    tick: () => {
      if (state.toast !== undefined && source.now() >= state.toast.until) state = without(state, ['toast']);
      set(state.isPaused ? {} : { now: source.now() });
      if (placeOf(state) === 'calls' && isSearching(state)) saying(() => searchOn(control));
    },
    isCounting: () =>
      !state.isPaused &&
      (state.toast !== undefined || isSearching(state) || state.calls.some(({ outcome }) => outcome === 'running')),
    close: () => {
      unsubscribe();
      source.close();
      listeners.clear();
    },
  };

  const press = (key: string) => {
    if (key === 'ctrl-c') return world.quit();
    if (key === 'ctrl-z') return control.suspend();
    if (isTooSmall(state)) return key === 'q' || key === 'Q' ? world.quit() : undefined;
    if (state.question !== undefined) return answer(key, state.question.action);
    if (state.prompt !== undefined) return promptKey(control, key);
    if (state.isSorting) return sortKey(control, key);
    if (state.helpTop !== undefined) return helpKey(control, key);
    const bound = findBinding([...place().bindings, ...COMMON_BINDINGS], key);
    if (bound !== undefined) {
      const reason = bound.against?.(control);
      return reason === undefined ? bound.run(control) : say(`${bound.help}: ${reason}`, 'bad');
    }
    const step = stepOf(key, Math.max(1, place().rows(state)));
    if (step !== undefined) move(step);
  };
  const move = (by: number): void => {
    const keys = place().keys(state);
    const cursor = moved(cursorOf(state), keys, by);
    const isUp = indexOf(cursor, keys) < keys.length - 1;
    if (state.isFollowing && placeOf(state) === 'calls' && by < 0 && isUp) set({ isFollowing: false });
    control.select(cursor.key);
  };
  const answer = (key: string, action: MonitorAction) => {
    control.clear('question');
    if (key === 'y' || key === 'Y') return void act(action);
    say(`${action.kind}: not done`);
  };

  reload();
  return control;
};

const without = (state: MonitorState, members: readonly Clearable[]): MonitorState => {
  const rest = { ...state };
  for (const member of members) delete rest[member];
  return rest;
};

/** How far a key moves the cursor. */
const stepOf = (key: string, page: number): number | undefined => {
  switch (key) {
    case 'j':
    case 'down':
      return 1;
    case 'k':
    case 'up':
      return -1;
    case 'ctrl-d':
      return Math.ceil(page / 2);
    case 'ctrl-u':
      return -Math.ceil(page / 2);
    case 'page-down':
    case 'ctrl-f':
      return page;
    case 'page-up':
    case 'ctrl-b':
      return -page;
    case 'g':
    case 'home':
      return Number.NEGATIVE_INFINITY;
    case 'G':
    case 'end':
      return Number.POSITIVE_INFINITY;
    default:
      return undefined;
  }
};

const sentenceOf = (thrown: unknown): string => {
  const error = HubError.from(thrown);
  return error.hint === '' ? error.message : `${error.message}; ${error.hint}`;
};
