/** One picture: what is pressed, and when after the demo began. */
export interface Scene {
  readonly name: string;
  /** For whoever cannot see it. */
  readonly title: string;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly atMs: number;
  /** Names of keys, as the monitor has them. */
  readonly keys: readonly string[];
}

const SIZE = { columns: 120, rows: 32 };

export const SCENES: readonly Scene[] = [
  { name: 'calls', title: 'the calls, live', size: SIZE, atMs: 9_000, keys: ['N'] },
  { name: 'call', title: 'one call, opened', size: SIZE, atMs: 9_000, keys: ['N', 'enter'] },
  { name: 'servers', title: 'the servers', size: SIZE, atMs: 19_000, keys: ['2', 'j', 'j'] },
  { name: 'server', title: 'one server, opened', size: SIZE, atMs: 19_000, keys: ['2', 'j', 'j', 'enter'] },
  { name: 'tools', title: 'the tools', size: SIZE, atMs: 9_000, keys: ['3'] },
  { name: 'stats', title: 'the figures', size: SIZE, atMs: 9_000, keys: ['4'] },
  { name: 'sessions', title: 'the sessions', size: SIZE, atMs: 9_000, keys: ['5'] },
  {
    name: 'session',
    title: 'the calls of one session on a time axis',
    size: SIZE,
    atMs: 20_000,
    keys: ['5', 'G', 'enter'],
  },
  { name: 'help', title: 'the help', size: SIZE, atMs: 9_000, keys: ['?'] },
];
