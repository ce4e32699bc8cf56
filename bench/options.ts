import { parseArgs } from 'node:util';
import { CONTENDER_NAMES, type ContenderName } from './contender-names.ts';

export interface BenchOptions {
  /** How often everything is measured. Default: 8, with `--quick` 2. */
  readonly rounds: number;
  /** Short blocks, small calls and the start alone. */
  readonly isQuick: boolean;
  /** Default: all that are installed. */
  readonly only: readonly ContenderName[];
  /** Install the peers, and measure them. */
  readonly wantsPeers: boolean;
  /** Build dist/ before, where it is stale. */
  readonly wantsBuild: boolean;
  /** Write docs/performance.md anew. */
  readonly wantsDocs: boolean;
  /** Where the results are written, as JSON. Default: bench/results/latest.json. */
  readonly out: string | undefined;
}

/** @throws Error with a sentence for a person. */
export const readOptions = (argv: readonly string[]): BenchOptions => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      peers: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 8));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is not a number from 1 up`);
  return {
    rounds,
    isQuick: values.quick,
    only: values.only === undefined ? CONTENDER_NAMES : values.only.split(',').map(toContender),
    wantsPeers: values.peers,
    wantsBuild: !values['no-build'],
    wantsDocs: values['write-docs'],
    out: values.out,
  };
};

const toContender = (name: string): ContenderName => {
  const known = CONTENDER_NAMES.find((contender) => contender === name.trim());
  if (known === undefined) throw new Error(`--only ${name}: there are ${CONTENDER_NAMES.join(', ')}`);
  return known;
};
