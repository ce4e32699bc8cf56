import type { Control } from './control.ts';

/** A key while the help is shown. */
export const helpKey = (control: Control, key: string) => {
  const top = control.state().helpTop ?? 0;
  const page = Math.max(1, control.state().size.rows - 4);
  const steps: Readonly<Record<string, number>> = {
    j: 1,
    down: 1,
    k: -1,
    up: -1,
    space: page,
    'page-down': page,
    'page-up': -page,
    'ctrl-d': page,
    'ctrl-u': -page,
  };
  const step = steps[key];
  if (step !== undefined) return control.set({ helpTop: Math.max(0, top + step) });
  control.clear('helpTop');
};
