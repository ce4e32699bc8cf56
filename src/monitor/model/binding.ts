import type { Control } from './control.ts';

/** What a key does. The last line and the help are made of these, so that they cannot say something else. */
export interface Binding {
  /** Names as `keyName` gives them; the first is shown. */
  readonly keys: readonly string[];
  /** One word for the last line. Absent: only the help has it. */
  readonly hint?: string;
  /** A few words for the help. */
  readonly help: string;
  readonly run: (control: Control) => void;
  /** Why it cannot be done now, in words for a person; undefined where it can. Default: it can. */
  readonly against?: (control: Control) => string | undefined;
}

export const findBinding = (bindings: readonly Binding[], key: string): Binding | undefined =>
  bindings.find(({ keys }) => keys.includes(key));
