import { HubError } from '../../errors/hub-error.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import type { MonitorAction } from '../source/monitor-source.ts';
import { isSearching, searchOn } from './call-list.ts';
import type { Clearable } from './control.ts';
import { inSight } from './cursor.ts';
import type { ControlOptions, MonitorControl } from './monitor-control.ts';
import type { Place } from './place.ts';
import { pressKey } from './press-key.ts';
import { promptPaste } from './prompt-keys.ts';
import { cursorOf, initialState, type MonitorState, placeOf, type Toast } from './state.ts';

const HOUR_MS = 3_600_000;
const TOAST_MS = 5_000;

/** Makes the monitor of a source, with everything read once. */
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
    act: (action) => void act(action),
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
    press: (key) => saying(() => pressKey(control, place(), key)),
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
      !source.isFlooded() &&
      (state.toast !== undefined || isSearching(state) || state.calls.some(({ outcome }) => outcome === 'running')),
    close: () => {
      unsubscribe();
      source.close();
      listeners.clear();
    },
  };

  reload();
  return control;
};

const without = (state: MonitorState, members: readonly Clearable[]): MonitorState => {
  const rest = { ...state };
  for (const member of members) delete rest[member];
  return rest;
};

const sentenceOf = (thrown: unknown): string => {
  const error = HubError.from(thrown);
  return error.hint === '' ? error.message : `${error.message}; ${error.hint}`;
};
