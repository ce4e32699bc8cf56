import type { Binding } from './binding.ts';
import type { Control } from './control.ts';
import { SCREENS, screenOf, WINDOWS_MS } from './state.ts';

/** What the keys do everywhere. */
export const COMMON_BINDINGS: readonly Binding[] = [
  ...SCREENS.map((screen, index) => ({
    keys: [String(index + 1)],
    help: `show the ${screen}`,
    run: (control: Control) => control.show(screen),
  })),
  { keys: ['tab'], help: 'next screen', run: (control) => turn(control, 1) },
  { keys: ['shift-tab'], help: 'screen before', run: (control) => turn(control, -1) },
  { keys: ['t'], hint: 'time', help: 'time window: 5m, 1h, 24h, 7d', run: (control) => nextWindow(control) },
  { keys: [':'], hint: 'command', help: 'type a command', run: (control) => openPrompt(control, 'command') },
  { keys: ['?'], hint: 'help', help: 'this help', run: (control) => control.set({ helpTop: 0 }) },
  {
    keys: ['q', 'esc', 'backspace'],
    hint: 'quit',
    help: 'back; from a screen, quit',
    run: (control) => leave(control),
  },
  { keys: ['Q'], help: 'quit from anywhere (also ctrl-c)', run: (control) => control.quit() },
];

/** Opens the line at the bottom; the filter's begins with the present one. */
export const openPrompt = (control: Control, kind: 'filter' | 'command'): void => {
  const before = control.state().filterText;
  const text = kind === 'filter' && before !== '' ? `${before} ` : '';
  control.set({ prompt: { kind, text, at: text.length, before } });
};

const turn = (control: Control, by: number): void => {
  const index = SCREENS.indexOf(screenOf(control.state())) + by;
  control.show(SCREENS[(index + SCREENS.length) % SCREENS.length] ?? 'calls');
};

const nextWindow = (control: Control): void => {
  const { windowMs } = control.state();
  const next = WINDOWS_MS.find((each) => each > windowMs) ?? WINDOWS_MS[0];
  control.set({ windowMs: next, calls: [], hasNewer: false });
  control.reload();
};

/** `esc` takes back what narrows the list first. */
const leave = (control: Control) => {
  const { path, filterText, errorsOnly } = control.state();
  if (path.length === 1 && path[0] === 'calls' && (filterText !== '' || errorsOnly)) {
    control.set({ errorsOnly: false });
    return control.filter('');
  }
  control.back();
};
