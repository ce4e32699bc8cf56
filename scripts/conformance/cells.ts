/** Which revisions an upstream knows: up to 2025-11-25, only 2026-07-28, or all. */
const KINDS = ['legacy', 'modern', 'dual'] as const;
const TRANSPORTS = ['stdio', 'http'] as const;
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;

export type Kind = (typeof KINDS)[number];
export type Transport = (typeof TRANSPORTS)[number];
export type Revision = (typeof REVISIONS)[number];

/** One run of the suite: what is behind the hub, and by which requirements it is judged. */
export interface Cell {
  readonly kind: Kind;
  readonly transport: Transport;
  readonly revision: Revision;
}

export const HUB_CELLS: readonly Cell[] = KINDS.flatMap((kind) =>
  TRANSPORTS.flatMap((transport) => REVISIONS.map((revision) => ({ kind, transport, revision }))),
);

/** Without the hub only HTTP can be tested, because the suite knows nothing else, and a server only by what it knows. */
export const DIRECT_CELLS: readonly Cell[] = HUB_CELLS.filter(
  ({ kind, transport, revision }) => transport === 'http' && kind !== (revision === '2025-11-25' ? 'modern' : 'legacy'),
);

/** For example `legacy:stdio:2025-11-25`. */
export const cellName = ({ kind, transport, revision }: Cell): string => `${kind}:${transport}:${revision}`;

/** Whether a cell is one that a pattern such as `legacy:*:2026-07-28` means. */
export const matchesCell = (pattern: string, name: string): boolean => {
  const parts = name.split(':');
  const wanted = pattern.split(':');
  return wanted.length === parts.length && wanted.every((part, index) => part === '*' || part === parts[index]);
};
