import type { MonitorAction } from '../source/monitor-source.ts';
import { findBinding } from './binding.ts';
import { COMMON_BINDINGS } from './common-bindings.ts';
import type { Control } from './control.ts';
import { indexOf, moved } from './cursor.ts';
import { helpKey } from './help-keys.ts';
import type { Place } from './place.ts';
import { promptKey } from './prompt-keys.ts';
import { cursorOf, isTooSmall, placeOf } from './state.ts';
import { sortKey } from './tool-sort.ts';

/** What one key does: whatever is open at the bottom has it first, then the place, then the keys of all places, then moves. */
export const pressKey = (control: Control, place: Place, key: string) => {
  const state = control.state();
  if (key === 'ctrl-c') return control.quit();
  if (key === 'ctrl-z') return control.suspend();
  if (isTooSmall(state)) return key === 'q' || key === 'Q' ? control.quit() : undefined;
  if (state.question !== undefined) return answer(control, key, state.question.action);
  if (state.prompt !== undefined) return promptKey(control, key);
  if (state.isSorting) return sortKey(control, key);
  if (state.helpTop !== undefined) return helpKey(control, key);
  const bound = findBinding([...place.bindings, ...COMMON_BINDINGS], key);
  if (bound !== undefined) {
    const reason = bound.against?.(control);
    return reason === undefined ? bound.run(control) : control.say(`${bound.help}: ${reason}`, 'bad');
  }
  const step = stepOf(key, Math.max(1, place.rows(state)));
  if (step !== undefined) move(control, place, step);
};

const move = (control: Control, place: Place, by: number): void => {
  const state = control.state();
  const keys = place.keys(state);
  const cursor = moved(cursorOf(state), keys, by);
  const isUp = indexOf(cursor, keys) < keys.length - 1;
  if (state.isFollowing && placeOf(state) === 'calls' && by < 0 && isUp) control.set({ isFollowing: false });
  control.select(cursor.key);
};

const answer = (control: Control, key: string, action: MonitorAction) => {
  control.clear('question');
  if (key === 'y' || key === 'Y') return control.act(action);
  control.say(`${action.kind}: not done`);
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
