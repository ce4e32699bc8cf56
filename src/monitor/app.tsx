import { Box, Text, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { memo, type ReactNode, useEffect, useSyncExternalStore } from 'react';
import type { FrameStore } from './frame-store.ts';
import { keyNames } from './model/key-name.ts';
import type { MonitorControl } from './model/monitor-control.ts';

/** Gives the terminal away for as long as the visit lasts. */
export type Visit = (visit: () => Promise<void>) => Promise<void>;

export interface AppProps {
  readonly control: MonitorControl;
  readonly frames: FrameStore;
  /** Hands out what only a mounted app has: the way to give the terminal away, and to end. */
  readonly onMounted?: (terminal: { readonly visit: Visit; readonly exit: () => void }) => void;
}

/** The monitor in a terminal: keys go to the control, and frames come from the store, a row of text for each line. */
export const App = ({ control, frames, onMounted }: AppProps): ReactNode => {
  const frame = useSyncExternalStore(frames.subscribe, frames.current);
  const { columns, rows } = useWindowSize();
  const { exit, suspendTerminal } = useApp();
  useEffect(() => control.resize({ columns, rows }), [control, columns, rows]);
  useEffect(() => onMounted?.({ visit: suspendTerminal, exit }), [onMounted, suspendTerminal, exit]);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) control.press(name);
  });
  usePaste((text) => control.paste(text));
  return (
    <Box flexDirection="column">
      {frame.map((text, index) => (
        // A row is its place on the screen: nothing else tells it from the others.
        // biome-ignore lint/suspicious/noArrayIndexKey: rows neither move nor keep state
        <Row key={index} text={text} />
      ))}
    </Box>
  );
};

const Row = memo(({ text }: { readonly text: string }): ReactNode => <Text wrap="truncate">{text}</Text>);
Row.displayName = 'Row';
