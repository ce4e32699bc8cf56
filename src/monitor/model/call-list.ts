import type { CallRow } from '../../store/log-reader.ts';
import { type CallMatch, EVERY_CALL, matchesCall } from '../filter/match-call.ts';
import type { Control } from './control.ts';
import { indexOf } from './cursor.ts';
import { cursorOf, type MonitorState } from './state.ts';

/** Calls that are read at once. */
const PAGE = 200;
/** Calls that are held; the far end is forgotten and read again when it is needed. */
const MOST_HELD = 1_000;
/** So near to an end of what is held the next page is read. */
const NEAR = 20;

/** What the filter of the list says, in the terms of a source. */
export const matchOf = ({ terms, errorsOnly }: MonitorState): CallMatch => ({
  terms: errorsOnly ? [...terms, { kind: 'status', status: 'error', isNegated: false }] : terms,
});

/** Reads the calls of the list: the latest, or, where the person looks back, those that are held, as they are now. */
export const loadCalls = (control: Control) => {
  const state = control.state();
  if (state.hasNewer && state.calls.length > 0) return refreshRunning(control);
  const limit = Math.min(MOST_HELD, Math.max(PAGE, state.calls.length));
  const { calls, reachedId } = control.source.calls({ match: matchOf(state), limit });
  const last = calls.at(-1);
  const { cursors, isFollowing } = state;
  control.set({
    calls,
    olderThan: reachedId ?? 0,
    hasNewer: false,
    ...(isFollowing && last !== undefined
      ? { cursors: { ...cursors, calls: { key: last.id, top: cursorOf(state, 'calls').top } } }
      : {}),
  });
};

/** Whether a search in a long log has not found enough to fill the screen, and has more to look at. */
export const isSearching = ({ calls, olderThan, size }: MonitorState): boolean =>
  olderThan > 0 && calls.length < Math.min(PAGE, size.rows);

/** Looks on where a search has stopped. */
export const searchOn = (control: Control): void => {
  const state = control.state();
  const { calls: older, reachedId = 0 } = control.source.calls({
    match: matchOf(state),
    beforeId: state.olderThan,
    limit: PAGE,
  });
  hold(control, [...older, ...state.calls], older.length, { olderThan: reachedId });
};

/** Reads a page more where the cursor comes near to an end of what is held. */
export const pageCalls = (control: Control): void => {
  const state = control.state();
  const { calls } = state;
  const index = indexOf(
    cursorOf(state, 'calls'),
    calls.map(({ id }) => id),
  );
  const [first, last] = [calls[0], calls.at(-1)];
  if (first === undefined || last === undefined) return;
  const match = matchOf(state);
  if (index < NEAR && state.olderThan > 0) {
    const { calls: older, reachedId = 0 } = control.source.calls({ match, beforeId: state.olderThan, limit: PAGE });
    hold(control, [...older, ...calls], older.length, { olderThan: reachedId });
  } else if (index >= calls.length - NEAR && state.hasNewer) {
    const { calls: newer, reachedId } = control.source.calls({ match, afterId: last.id, limit: PAGE });
    const all = [...calls, ...newer];
    const excess = Math.max(0, all.length - MOST_HELD);
    const held = all.slice(excess);
    hold(control, held, -excess, {
      hasNewer: reachedId !== undefined,
      olderThan: excess > 0 ? (held[0]?.id ?? 0) : state.olderThan,
    });
  }
};

/** Goes to the first call of the log, or to the last and follows. */
export const goToFirstCall = (control: Control): void => {
  const state = control.state();
  if (state.olderThan > 0) {
    const { calls, reachedId } = control.source.calls({ match: matchOf(state), afterId: 0, limit: PAGE });
    control.set({ calls, olderThan: 0, hasNewer: reachedId !== undefined });
  }
  control.set({ isFollowing: false });
  control.select(control.state().calls[0]?.id);
};

export const followCalls = (control: Control): void => {
  control.set({ isFollowing: true, hasNewer: false, isPaused: false });
  control.reload();
};

/** Reads the payloads of the chosen call, where they are shown. */
export const loadShownCall = (control: Control): void => {
  const state = control.state();
  const { key } = cursorOf(state, 'calls');
  const isKnown = state.shownCall?.call.id === key && state.shownCall?.call.outcome !== 'running';
  if (isKnown) return;
  const shown = typeof key === 'number' ? control.source.call(key) : undefined;
  if (shown === undefined) control.clear('shownCall');
  else control.set({ shownCall: shown });
};

/** The next or previous call that failed; undefined where none is held. */
export const nextFailure = (state: MonitorState, by: 1 | -1): CallRow | undefined => {
  const from = indexOf(
    cursorOf(state, 'calls'),
    state.calls.map(({ id }) => id),
  );
  const match: CallMatch = { terms: [{ kind: 'status', status: 'error', isNegated: false }] };
  for (let index = from + by; index >= 0 && index < state.calls.length; index += by) {
    const call = state.calls[index];
    if (call !== undefined && matchesCall(call, match, state.now)) return call;
  }
  return undefined;
};

const hold = (control: Control, calls: readonly CallRow[], moved: number, changes: Partial<MonitorState>): void => {
  const state = control.state();
  const cursor = cursorOf(state, 'calls');
  const held = moved > 0 ? calls.slice(0, MOST_HELD) : calls;
  control.set({
    calls: held,
    ...(held.length < calls.length ? { hasNewer: true } : {}),
    ...changes,
    cursors: { ...state.cursors, calls: { ...cursor, top: Math.max(0, cursor.top + moved) } },
  });
};

const refreshRunning = (control: Control): void => {
  const { calls } = control.state();
  const ids = calls.filter(({ outcome }) => outcome === 'running').map(({ id }) => id);
  if (ids.length === 0) return;
  const found = control.source.calls({ match: EVERY_CALL, ids, limit: ids.length }).calls;
  const present = new Map(found.map((call) => [call.id, call]));
  control.set({ calls: calls.map((call) => present.get(call.id) ?? call) });
};
