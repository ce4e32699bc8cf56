import type { MonitorControl } from './model/monitor-control.ts';
import type { Place } from './model/place.ts';
import type { PlaceName } from './model/state.ts';
import { frameOf } from './screens/frame.ts';
import type { Theme } from './text/theme.ts';

/** The present frame as painted lines. It tells only of frames that differ, so that an idle monitor paints nothing. */
export interface FrameStore {
  subscribe(listener: () => void): () => void;
  current(): readonly string[];
}

export const createFrameStore = (
  control: MonitorControl,
  places: Readonly<Record<PlaceName, Place>>,
  theme: Theme,
): FrameStore => {
  const paint = (): string[] => frameOf(control.state(), places, theme).map(theme.paint);
  let frame: readonly string[] = paint();
  const refresh = (): boolean => {
    const next = paint();
    if (next.length === frame.length && next.every((text, index) => text === frame[index])) return false;
    frame = next;
    return true;
  };
  return {
    subscribe: (listener) => control.subscribe(() => (refresh() ? listener() : undefined)),
    current: () => frame,
  };
};
